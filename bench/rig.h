/* SPDX-License-Identifier: BSD-2-Clause */
/* A test rig: one world, and for each of its HBA ports a host with platform, transport and driver.
 *
 * This is where driver and model meet: rig_wait() gives every host its turn, then lets the world run to the
 * next interrupt or deadline. Scenarios, `slibench bench` and tests stand on it. */
#pragma once
#include "bench/platform_model.h"
#include "bench/trace_bus.h"
#include "driver/lpfc_hba.h"
#include "driver/transport/nvme_host.h"
#include "rtl-model/model.h"

struct rig_host {
    struct platform_model machine;
    struct nvme_fc_transport *transport;
    struct lpfc_hba *hba;
    unsigned timers_left; /* of driver and transport, when they were released */
};

struct rig {
    struct rig_world *world;
    struct world_config world_config;
    unsigned host_count;
    struct rig_host host[WORLD_MAX_PORTS];
    struct trace_bus bus;
    uint64_t limit_ps; /* simulated time after which rig_wait gives up whatever its time-out; 0: none */
};

/* World, platforms, transports and (down) HBAs. NULL with a message in `error`. */
struct rig *rig_create(const struct world_config *world, const struct lpfc_hba_config *hba,
                       char error[WORLD_ERROR_BYTES]);
/* The same on a world that another process serves; `control`: its control socket. NULL: the model in this one. */
struct rig *rig_create_on(const char *control, const struct world_config *world,
                          const struct lpfc_hba_config *hba, char error[WORLD_ERROR_BYTES]);
/* The same on a world that is there already, and is the rig's from now on, also if this fails. */
struct rig *rig_create_over(struct rig_world *world, const struct lpfc_hba_config *hba,
                            char error[WORLD_ERROR_BYTES]);
/* Shuts down what is up, then frees everything. */
void rig_destroy(struct rig *rig);

/* The first half of rig_destroy: drivers and transports are gone, the world and the memory of the hosts remain, so
 * that what they left behind can be looked at. */
void rig_release_hosts(struct rig *rig);

uint64_t rig_now_ps(const struct rig *rig);
uint64_t rig_now_ns(const struct rig *rig);
/* Serves the hosts and lets the world run, in turn, until `ready(context)` or `timeout_ns` has passed. True: it became
 * ready. `ready` is asked after every turn of the hosts; it may submit. */
bool rig_wait(struct rig *rig, uint64_t timeout_ns, bool (*ready)(void *context), void *context);
/* Lets simulated time pass. */
void rig_run_for(struct rig *rig, uint64_t ns);
