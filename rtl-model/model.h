/* SPDX-License-Identifier: BSD-2-Clause */
/* The model as the bench sees it: one world of HBA ports, a fabric and NVMe targets, in simulated time.
 *
 * Plain C: who includes this never includes SystemC. One world per process (a limit of the SystemC
 * kernel); create it after the fork of a scenario. Except where noted, every function is called from the one
 * thread that owns the world, outside the kernel. Callbacks run inside the kernel: they may set flags and copy
 * data, nothing else; calling back into the world from a callback aborts with a message (an assertion).
 *
 * Determinism: same configuration, seed and calls = same trace, byte for byte. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "driver/platform/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    WORLD_MAX_PORTS = 4,           /* HBA ports */
    WORLD_MAX_TARGETS = 16,        /* target ports */
    WORLD_MAX_NAMESPACES = 16,     /* per target port */
    WORLD_ERROR_BYTES = 256
};

enum world_topology { WORLD_FABRIC, WORLD_POINT_TO_POINT };
enum world_link_model { WORLD_LINK_FRAME, WORLD_LINK_RTL };
/* What decides about a port's queues and exchanges: a program, RTL, or both, which must agree. */
enum world_engine { WORLD_ENGINE_BEHAVIOURAL, WORLD_ENGINE_RTL, WORLD_ENGINE_LOCKSTEP };

/* "behavioural", "rtl", "lockstep"; of_name: false for any other. */
const char *world_engine_name(enum world_engine engine);
bool world_engine_of_name(const char *name, enum world_engine *engine);

/* A namespace: `backing` is "mem:SIZE" (suffix k, m, g) or the path of a file whose size is a multiple of the
 * block size. Written data is in the file when the command completes. */
struct world_namespace {
    uint32_t nsid; /* 1.. */
    const char *backing;
    uint32_t block_bytes; /* 512 or 4096; 0 = 512 */
    bool read_only;
};

struct world_target {
    uint64_t wwpn, wwnn; /* 0: 2001 0090fab00001 + index, 2000 ... */
    const char *subsystem_nqn; /* NULL: "nqn.2026-01.org.slibench:subsystem<index>" */
    bool discovery; /* PRLI discovery bit, discovery controller offered */
    bool first_burst; /* PRLI bit 0 */
    uint32_t first_burst_bytes; /* multiple of 512 */
    uint32_t burst_bytes; /* largest XFER_RDY; 0 = 131072 */
    uint32_t service_ns; /* time from CMND to the first data or response; 0 = profile */
    uint16_t max_io_queues; /* granted by Set Features; 0 = 16 */
    uint16_t max_queue_entries; /* CAP.MQES + 1; 0 = 128 */
    bool always_ersp; /* else RSP where the rules allow it */
    struct world_namespace namespaces[WORLD_MAX_NAMESPACES];
    unsigned namespace_count; /* 0: one of "mem:64m" */
};

struct world_port {
    const char *profile; /* "lpe32000" (32G) or "lpe31000" (16G); NULL = lpe32000 */
    uint64_t wwpn, wwnn; /* 0: 1000 0090fa000001 + index, 2000 ... */
    unsigned speed_gbit; /* 8, 16, 32; 0 = the profile's */
    /* What READ_CONFIG and GET_SLI4_PARAMETERS report instead of the profile's values; 0 = the profile's. */
    uint16_t xri_count, xri_base, rpi_count, vpi_count, vfi_count, fcfi_count;
    uint16_t eq_count, cq_count, wq_count, rq_count, msix_vectors;
    uint16_t queue_id_base; /* first id given to each kind of queue */
    bool permanently_no_nvme; /* GET_SLI4_PARAMETERS nvme = 0 */
    uint16_t bb_sc_n; /* credit recovery that its logins offer (fc-wire.md 1.8); 0: none */
};

struct world_config {
    uint64_t seed;
    enum world_topology topology; /* point-to-point: port 0 and target 0 only */
    enum world_link_model link;
    enum world_engine engine; /* of every HBA port */
    uint32_t timer_scale; /* protocol timers run this many times faster; 0 or 1 = unscaled */
    uint32_t cable_metres; /* per link; 0 = 10 */
    uint16_t bb_sc_n; /* credit recovery that the fabric offers; used where both sides do */
    struct world_port ports[WORLD_MAX_PORTS];
    unsigned port_count;
    struct world_target targets[WORLD_MAX_TARGETS];
    unsigned target_count;
};

/* What became of a copy. */
enum world_copy { WORLD_COPIED, WORLD_NOT_MAPPED, WORLD_MUST_WAIT };

/* How the model reaches the host's memory and interrupts it. Called inside the kernel. */
struct world_host {
    /* A pointer to `bytes` bytes at bus address `address`, or NULL where that range is not mapped (for this
     * direction). */
    void *(*translate)(void *context, uint64_t address, size_t bytes, bool write);
    /* Instead of translate, for a host whose memory may be taken away at any time, or is reached by messages: moves
     * the bytes between `local` and the bus address. With `wait` false it must not block: if it had to, it does
     * nothing and gives WORLD_MUST_WAIT; it is then called again with `wait` true. */
    enum world_copy (*copy)(void *context, uint64_t address, void *local, size_t bytes, bool to_host,
                            bool wait);
    void (*interrupt)(void *context, unsigned vector); /* an MSI-X message */
    void (*intx)(void *context,
                 bool asserted); /* level of INTA#, told at least when it rises; NULL: no such line */
    void *context;
};

struct world;

/* NULL with a message in `error` on a bad configuration (unknown profile, missing or truncated or
 * unwritable namespace file, ...). */
struct world *world_create(const struct world_config *config, char error[WORLD_ERROR_BYTES]);
void world_destroy(struct world *world);

/* Back to power-on without elaborating again: time goes on, everything else is as created. */
void world_reset(struct world *world);

/* From now on the words of links through RTL go into an FST file, and a save file for GTKWave beside it (.gtkw).
 * Negative errno with a message: no such link, or no such file. Ended by world_end_waves, or with the world. */
int world_begin_waves(struct world *world, const char *path, char error[WORLD_ERROR_BYTES]);
void world_end_waves(struct world *world);

/* The configuration as the world took it: defaults filled in. */
const struct world_config *world_configuration(const struct world *world);

void world_set_host(struct world *world, unsigned port, const struct world_host *host);
/* One sink for all events of the model; NULL: none. `port` in the events: HBA port n is n, target n is 16 + n,
 * the switch is 255. Events come in the owner's thread. While other threads access ports, the sink stays the same;
 * its mask may change. */
void world_set_trace(struct world *world, const struct trace_sink *sink);
enum { WORLD_TRACE_TARGET_0 = 16, WORLD_TRACE_SWITCH = 255 };

/* WORLD_ENGINE_LOCKSTEP: called at the first difference between the engines, inside the kernel, with the last
 * operations of both as lines of text. It must not come back: without it, or if it does, the process aborts. */
void world_set_stop(struct world *world, void (*stop)(void *context, const char *why), void *context);

/* Simulated time. world_run_until returns at `until_ps` (what is due at that very time comes in the next run), or
 * at the first interrupt of any port after the call if `stop_on_interrupt`; gives back the time reached. `until_ps`
 * in the past: returns at once. UINT64_MAX: until nothing is left to do. What other threads asked for (below) is
 * begun by then, in any case. */
uint64_t world_now_ps(const struct world *world);
uint64_t world_run_until(struct world *world, uint64_t until_ps, bool stop_on_interrupt);

/* A world whose ports other threads access, too. Their accesses wait for the owner's next world_run_until; `wake` is
 * called, in the thread of the access, when one comes and none was waiting: it must make the owner run the world, and
 * may not call back into the world. Set it before another thread comes. */
void world_set_wake(struct world *world, void (*wake)(void *context), void *context);
/* When something is due that needs no access: the owner may sleep until then. UINT64_MAX: nothing is. */
uint64_t world_next_activity_ps(const struct world *world);
/* Accesses to this port that wait for the owner. Any thread. */
size_t world_backlog(const struct world *world, unsigned port);

/* PCI function of a port; any thread. Side effects of an access happen at once, under the port's lock; the work they
 * start is handed to the owner. Reads of a port that is gone give all ones. */
uint32_t world_config_read(struct world *world, unsigned port, unsigned offset, unsigned width);
void world_config_write(struct world *world, unsigned port, unsigned offset, unsigned width, uint32_t value);
uint32_t world_bar_read(struct world *world, unsigned port, unsigned bar, uint32_t offset);
void world_bar_write(struct world *world, unsigned port, unsigned bar, uint32_t offset, uint32_t value);
uint64_t world_bar_size(const struct world *world, unsigned port, unsigned bar);
void world_function_level_reset(struct world *world, unsigned port);
/* For a host that keeps the MSI-X table itself (a VFIO client): whether a vector may signal, whatever the mask bit in
 * the port's own table says. Lasts beyond resets of the function. */
void world_open_vector(struct world *world, unsigned port, unsigned vector, bool open);
/* INTA# is asserted now. */
bool world_intx_asserted(struct world *world, unsigned port);

/* Host and bus times of a port's profile, for the platform that stands in for the host. */
struct world_host_timing {
    uint32_t mmio_read_ns; /* non-posted round trip */
    uint32_t submit_ns; /* CPU time per submit */
    uint32_t completion_ns; /* CPU time per completion, interrupt entry excluded */
    uint32_t interrupt_ns; /* vector raised to handler entered */
    uint32_t poll_ns; /* step of a poll loop */
};
struct world_host_timing world_port_host_timing(const struct world *world, unsigned port);

/* ---- fault controls and probes, by name, with typed arguments ---- */

enum world_value_type { WORLD_NONE, WORLD_INT, WORLD_STRING, WORLD_BOOL };

struct world_arg {
    const char *name;
    enum world_value_type type;
    int64_t integer; /* also bool */
    const char *string;
};

enum { WORLD_VERB_ARGUMENTS = 24 }; /* at most, the end included */

/* What the verb accepts, for scripts, help and docs. `arguments` ends with a NULL name. The lists are those of
 * this process's world; empty before world_create. */
struct world_verb {
    const char *name; /* "target.hold" */
    const char *capability; /* "fault.target", "fault.link", "fault.port", "probe.model" */
    const char *help;
    struct {
        const char *name;
        enum world_value_type type;
        bool required;
        const char *help;
    } arguments[WORLD_VERB_ARGUMENTS];
};
const struct world_verb *world_verbs(size_t *count);

/* Carries out a verb. 0 and a handle (0 if the verb leaves nothing to clear); -EINVAL with a message naming the
 * verb and argument. Two arguments more than the list says, for every verb: "after_us", act that much later;
 * "on", the handle of another control: act when that one has its next hit. */
int world_fault(struct world *world, const char *verb, const struct world_arg *args, size_t count,
                uint64_t *handle, char error[WORLD_ERROR_BYTES]);
/* Takes a fault back (releases what it holds). -ENOENT: no such fault (it may have used up its count). */
int world_fault_clear(struct world *world, uint64_t handle);
/* How often it has acted; -ENOENT as above is never given for a handle that existed. */
int64_t world_fault_hits(struct world *world, uint64_t handle);

/* Reads one number of the model's state ("port.xri_active", "target.open_exchanges", ...). -EINVAL as above. */
int world_probe(struct world *world, const char *name, const struct world_arg *args, size_t count,
                int64_t *value, char error[WORLD_ERROR_BYTES]);
const struct world_verb *world_probes(size_t *count);

/* The timing table: every constant of the model, for docs and reports. */
struct world_timing_row {
    const char *name, *unit, *source;
    double value;
    bool calibrated;
};
const struct world_timing_row *world_timing(const char *profile, size_t *count);

#ifdef __cplusplus
}
#endif
