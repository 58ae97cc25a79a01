/* SPDX-License-Identifier: BSD-2-Clause */
/* Hardware queues in parallel, for thread tests and for counting instructions.
 *
 * The fake port brings the HBA up; then each lane takes one hardware queue (from queue 1 on; queue 0
 * serves mailbox and discovery) and is its transport and its port in one thread: it submits, reads the
 * WQEs out of the ring, writes completions, reaps. Lanes share what the driver shares: buffers, node, HBA. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "driver/fake_port.h"
#include "driver/fake_transport.h"
#include "driver/lpfc_nvme.h"

enum { LANES_MAX = 4, LANE_REQUESTS = 256, LANE_CQ = 1024 };

struct lane_request {
    struct nvmefc_fcp_req req;     /* first */
    struct lane *lane;
    uint8_t cmd[96], rsp[32];
    struct nvmefc_sge sge;
    bool out;
    unsigned dones;                /* since submit: 1 is right */
};

struct lane_exchange {             /* in the lane's port */
    uint16_t tag, xri;
};

struct lane {
    struct lanes *all;
    unsigned index;                /* hardware queue - 1 */
    struct lpfc_hdwq *hdwq;
    void *handle;
    uint32_t random;
    struct lane_request request[LANE_REQUESTS];
    unsigned depth;                /* requests out at most */
    unsigned abort_every;          /* n: each n-th request is aborted; 0: none */
    uint64_t goal;                 /* requests to be done */

    uint64_t submitted, done, failed, busy, aborts, wrong;

    /* port */
    struct lane_exchange open[LANE_REQUESTS];
    unsigned opened;
    uint16_t busy_xri[LANE_REQUESTS]; /* aborted, XRI_ABORTED not sent */
    unsigned busy_xris;
    uint32_t wq_index, cq_index, eq_index;
    bool armed;
};

struct lanes {
    struct fake_port *port;
    struct fake_transport *transport;
    struct lpfc_hba *hba;
    struct fake_rport *remote;
    struct lane lane[LANES_MAX];
    unsigned count;
    void (*fake_write)(void *context, unsigned bar, uint32_t offset, uint32_t value);
};

/* Brings up an HBA with `count` lanes and `buffers` I/O buffers, remote port online. One at a time. */
struct lanes *lanes_up(unsigned count, unsigned buffers);
void lane_run(struct lane *lane);  /* until its goal is done; in a thread of its own */
/* Owner's work after the lanes have stopped. */
void lanes_service(struct lanes *lanes);
/* Shuts down; gives back breaches of the fake port and memory that was not given back. */
unsigned lanes_down(struct lanes *lanes);
