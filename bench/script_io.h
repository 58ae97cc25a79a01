/* SPDX-License-Identifier: BSD-2-Clause */
/* Controllers and I/Os of a script (lua_ctrl.c, lua_io.c). */
#pragma once
#include "bench/script.h"

struct script_ctrl {
    struct script_object object;
    struct script *script;
    struct nvme_ctrl *ctrl;        /* NULL after it was freed */
    unsigned host;
    uint32_t nsid;                 /* where a script names none */
    uint32_t first_nsid, block_bytes; /* of the target's first namespace */
    bool read_only;                /* it too */
    unsigned io_queues;            /* asked for; 0: a discovery controller */
    uint64_t wwpn;                 /* of its remote port */
};

struct script_io {
    struct script_object object;
    struct script *script;
    struct script_ctrl *ctrl;
    struct nvme_request request;
    struct dma_mem memory;
    struct nvmefc_sge *segments;
    int refused;                   /* errno of submit, negative */
    bool done;
    uint32_t xri;                  /* kept after the end */
    uint64_t lba;
    uint64_t pattern_seed;
};

/* NULL: it is another object. */
struct script_ctrl *script_ctrl_of(struct script_object *object);

enum io_direction { IO_NONE = NVMEFC_FCP_NODATA, IO_WRITE = NVMEFC_FCP_WRITE, IO_READ = NVMEFC_FCP_READ };

/* Data of a write without `data`: each 8 bytes are a function of seed and place on the medium, so that what is
 * read shows whose it is. */
void pattern_fill(void *out, uint32_t bytes, uint64_t place, uint64_t seed);

/* Submits a command whose SQE fields other than data are in `sqe`; pushes the io. Reads queue, segments, timeout_ms,
 * and for writes data and seed from the arguments. */
int script_submit(struct verb_args *a, struct script_ctrl *c, const uint8_t sqe[64],
                  enum io_direction direction, uint32_t bytes, unsigned queue, uint64_t place);
void script_open_io(lua_State *lua);
void io_refresh_xri(struct script_io *io);
