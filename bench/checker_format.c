/* SPDX-License-Identifier: BSD-2-Clause */
/* What the driver hands to the port is well formed: no bit is set in a WQE or doorbell that fields.def does not name for
 * that command (known-defects.md table 2, A8). That pointers lie in mapped memory is the DMA checker's. */
#include "bench/checker.h"
#include <stdio.h>
#include <stdlib.h>
#include "driver/sli4/codes.h"
#include "driver/sli4/fields.h"
#include "driver/sli4/names.h"
#include "driver/sli4/wire.h"

struct format_checker {
    struct checker base;
};

/* NULL: the driver sends no such command, so that nothing is known of it here. */
static const struct sli4_entry_info *entry_of_command(unsigned command)
{
    static const struct {
        unsigned command;
        enum sli4_entry_id entry;
    } known[] = {{SLI4_WQE_ELS_REQUEST64, SLI4_ENTRY_els_request},
                 {SLI4_WQE_XMIT_ELS_RSP64, SLI4_ENTRY_els_rsp},
                 {SLI4_WQE_GEN_REQUEST64, SLI4_ENTRY_gen_request},
                 {SLI4_WQE_XMIT_SEQUENCE64, SLI4_ENTRY_xmit_sequence},
                 {SLI4_WQE_XMIT_BLS_RSP64, SLI4_ENTRY_bls_rsp},
                 {SLI4_WQE_FCP_IREAD64, SLI4_ENTRY_fcp_iread},
                 {SLI4_WQE_FCP_IWRITE64, SLI4_ENTRY_fcp_iwrite},
                 {SLI4_WQE_FCP_ICMND64, SLI4_ENTRY_fcp_icmnd},
                 {SLI4_WQE_ABORT_XRI, SLI4_ENTRY_abort_xri},
                 {SLI4_WQE_SEND_FRAME, SLI4_ENTRY_send_frame}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].command == command)
            return sli4_entry_of(known[i].entry);
    return NULL;
}

/* Words 0 to 15: behind them stands what a command carries. */
static void wqe(struct format_checker *c, const struct trace_event *e)
{
    enum { HEADER_WORDS = 16 };
    unsigned command = sli4_wqe_cmnd(e->data);
    const struct sli4_entry_info *entry = entry_of_command(command);
    uint32_t used[SLI4_ENTRY_WORDS_MAX];
    const uint32_t *words = e->data;
    char object[48];

    if (!entry)
        return;
    sli4_entry_used_bits(entry, used);
    for (unsigned w = 0; w < HEADER_WORDS; w++) {
        uint32_t reserved = le32toh(words[w]) & ~used[w];
        if (!reserved)
            continue;
        snprintf(object, sizeof object, "hba%u WQ %u word %u", e->port, e->queue, w);
        checker_breach(&c->base, e, "WQE-RESERVED", object, "%s: bits 0x%08x are reserved",
                       sli4_wqe_cmnd_name((uint8_t)command), reserved);
    }
}

static void doorbell(struct format_checker *c, const struct trace_event *e)
{
    enum { EQ_BIT = 1 << 10 };
    enum sli4_entry_id id;
    uint32_t value = htole32((uint32_t)e->b), bits;
    char object[48];

    switch (e->a) {
    case SLI4_REG_WQ_DB:
        id = SLI4_ENTRY_wq_db;
        break;
    case SLI4_REG_RQ_DB:
        id = SLI4_ENTRY_rq_db;
        break;
    case SLI4_REG_MQ_DB:
        id = SLI4_ENTRY_mq_db;
        break;
    case SLI4_REG_EQCQ_DB:
        id = e->b & EQ_BIT ? SLI4_ENTRY_eq_db : SLI4_ENTRY_cq_db;
        break;
    default:
        return;
    }
    if (sli4_entry_reserved_set(sli4_entry_of(id), &value, 0, &bits) < 0)
        return;
    snprintf(object, sizeof object, "hba%u doorbell 0x%x", e->port, (unsigned)e->a);
    checker_breach(&c->base, e, "DOORBELL-RESERVED", object, "0x%08x: bits 0x%08x are reserved",
                   (unsigned)e->b, bits);
}

static void event(struct checker *self, const struct trace_event *e)
{
    if (e->port >= CHECKER_PORTS || e->source != TRACE_DRIVER)
        return;
    self->checked++;
    if (e->type == TRACE_WQE_POST)
        wqe((struct format_checker *)self, e);
    else
        doorbell((struct format_checker *)self, e);
}

static void destroy(struct checker *self)
{
    free(self);
}

struct checker *checker_format(void)
{
    struct format_checker *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->base = (struct checker){.name = "entry formats",
                               .rules = "WQE-RESERVED DOORBELL-RESERVED",
                               .wanted = CHECKER_WANTS(WQE_POST) | CHECKER_WANTS(DOORBELL),
                               .event = event,
                               .destroy = destroy};
    return &c->base;
}
