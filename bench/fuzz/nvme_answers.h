/* SPDX-License-Identifier: BSD-2-Clause */
/* The least NVMe target behind the fake port (driver/fake_port.h): answers link services, Fabrics, Identify,
 * features, reads and writes as fc-wire.md 5 and 7 say, so that the driver and the transport get as far as
 * I/O. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "driver/fake_port.h"

enum { ANSWERS_QUEUES = 4 };

struct answers {
    struct {
        uint32_t rsn;
        uint16_t sq_head, entries, answered;
    } queue[ANSWERS_QUEUES];
    uint64_t association; /* of the last Create Association */
    uint32_t cc; /* property 14h */
    bool hold; /* commands are not answered before answers_release() */
    uint8_t identify[4096]; /* Identify data and what reads read */
};

void answers_init(struct answers *answers);
/* A WQE that the port fetched. True: it was a link service or a command, and was dealt with. */
bool answers_wqe(struct answers *answers, struct fake_port *port, struct fake_wqe *wqe);
/* Answers an outstanding command with an NVMe status. */
void answers_release(struct answers *answers, struct fake_port *port, struct fake_wqe *wqe, uint16_t status);
bool answers_is_command(const struct fake_wqe *wqe);
