/* SPDX-License-Identifier: BSD-2-Clause */
/* The host of a port under attack: a world of one port, one switch and one target, memory with holes, and the
 * commands that a well-behaved driver would give; the fuzz target "guest_port" damages them.
 *
 *   page  0 bootstrap mailbox   4 mailbox CQ   8 data RQ        24 requests    28 receive buffers: headers
 *         1 external payload    5 I/O CQ       9 service par.   25 responses   32 to 39 ... data
 *         2 EQ                  6 MQ          10 to 17 SGLs     26, 27 data    others: holes, or spare
 *         3 header RQ           7 WQ */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "bench/fuzz/fuzz.h"
#include "rtl-model/model.h"

enum {
    GUEST_BASE = 0x10000000,
    GUEST_PAGE = 4096,
    GUEST_PAGES = 44,
    GUEST_XRIS = 8,
    GUEST_WQ_DEPTH = 32,
    GUEST_CQ_DEPTH = 256,
    GUEST_MQ_DEPTH = 16
};

enum guest_page {
    GUEST_BMBX,
    GUEST_EXTERNAL,
    GUEST_EQ,
    GUEST_HRQ,
    GUEST_MCQ,
    GUEST_CQ,
    GUEST_MQ,
    GUEST_WQ,
    GUEST_DRQ,
    GUEST_SPARM,
    GUEST_SGL,
    GUEST_REQUEST = 24,
    GUEST_RESPONSE,
    GUEST_DATA,
    GUEST_HEADERS = 28,
    GUEST_BUFFERS = 32
};

/* How far the prologue brings the port. */
enum guest_level {
    GUEST_POWERED,
    GUEST_QUEUES, /* EQ, CQs, MQ, WQ, RQ pair; SGLs */
    GUEST_LINK, /* FCFI, link up, VFI and an RPI registered */
    GUEST_LOGINS, /* FLOGI, PLOGI and PRLI answered by switch and target */
    GUEST_ASSOCIATION, /* an association of the target, its admin connection */
    GUEST_LEVELS
};

enum guest_kind {
    GUEST_EDIT_MBOX,
    GUEST_EDIT_WQE,
    GUEST_EDIT_SGL,
    GUEST_EDIT_PAYLOAD,
    GUEST_EDIT_RQE,
    GUEST_KINDS
};

struct guest_queue {
    uint16_t id;
    unsigned page, depth, entry_bytes, index;
};

struct guest {
    struct world *world;
    uint8_t *memory;
    uint64_t mapped; /* bit n: page n */
    struct fuzz_edits edits;
    struct guest_queue eq, mcq, cq, mq, wq, hrq, drq;
    unsigned tag;
    uint32_t own_id; /* N_Port ID of the FLOGI's answer */
    uint64_t connection; /* FC-NVMe connection of the admin queue */
    uint64_t end_ps; /* simulated time ends here, whatever the input says */
    bool sealed; /* no DMA and no interrupt may come: after a reset */
    uint64_t accesses;
    bool by_copy; /* memory is reached as that of a served port: world_host.copy */
    const char *broken; /* rule that a callback saw broken: told outside the kernel */
};

/* The world, once. */
void guest_power_on(struct guest *guest);
/* Memory cleared and mapped, registers as after power-on; the prologue up to that level. */
void guest_begin(struct guest *guest, enum guest_level level);
/* World reset; nothing may come after it. */
void guest_end(struct guest *guest);

void guest_run_us(struct guest *guest, uint64_t us);
uint8_t *guest_at(struct guest *guest, unsigned page, unsigned offset);
uint64_t guest_bus(unsigned page, unsigned offset);
void guest_map(struct guest *guest, unsigned page, bool mapped);

/* Registers; a port reset or FLR seals the memory until the port is given work again. */
void guest_bar_write(struct guest *guest, unsigned bar, uint32_t offset, uint32_t value);
void guest_config_write(struct guest *guest, unsigned offset, unsigned width, uint32_t value);
void guest_flr(struct guest *guest);

/* A valid command, after the edits that wait for one; n: which (modulo), b and c: its parameters. */
void guest_mailbox(struct guest *guest, unsigned n, uint16_t b, uint32_t c, bool queued);
void guest_wqe(struct guest *guest, unsigned n, uint16_t b, uint32_t c);
/* Valid SGL of an XRI: b segments of c bytes. */
void guest_sgl(struct guest *guest, unsigned xri, unsigned segments, uint32_t bytes);
/* Valid payload in the request page: ELS, CT, LS. Gives back its bytes. */
unsigned guest_payload(struct guest *guest, unsigned n);
void guest_post_buffers(struct guest *guest, unsigned count);
/* Takes entries as a driver does, and arms. */
void guest_reap(struct guest *guest);
