/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/trace_text.h"
#include <stdio.h>
#include <string.h>
#include "bench/trace_bus.h"
#include "bench/trace_log.h"
#include "driver/fc_wire.h"
#include "driver/sli4/codes.h"
#include "driver/sli4/names.h"
#include "driver/sli4/wire.h"

/* ---- frames ---- */

const uint8_t *frame_payload(const struct trace_event *frame, size_t *bytes)
{
    *bytes = frame->data_bytes > FC_HEADER_BYTES ? frame->data_bytes - FC_HEADER_BYTES : 0;
    return (const uint8_t *)frame->data + FC_HEADER_BYTES;
}

static unsigned r_ctl_of(const struct trace_event *f)
{
    return f->data_bytes >= FC_HEADER_BYTES ? ((const uint8_t *)f->data)[FC_R_CTL_AT] : 0xff;
}

bool frame_is_els_request(const struct trace_event *frame)
{
    return r_ctl_of(frame) == FC_RCTL_ELS_REQUEST;
}

bool frame_is_first_hop(const struct trace_event *frame)
{
    return frame->port != 255 || frame->s_id >= FC_ID_DOMAIN_CONTROLLERS;
}

static const char *els_name(unsigned code)
{
    static const struct {
        uint8_t code;
        const char *name;
    } names[] = {
        {FC_ELS_PLOGI, "PLOGI"}, {FC_ELS_FLOGI, "FLOGI"}, {FC_ELS_LOGO, "LOGO"},   {FC_ELS_RTV, "RTV"},
        {FC_ELS_RLS, "RLS"},     {FC_ELS_ECHO, "ECHO"},   {FC_ELS_RRQ, "RRQ"},     {FC_ELS_REC, "REC"},
        {FC_ELS_EDC, "EDC"},     {FC_ELS_RDP, "RDP"},     {FC_ELS_RDF, "RDF"},     {FC_ELS_PRLI, "PRLI"},
        {FC_ELS_PRLO, "PRLO"},   {FC_ELS_FDISC, "FDISC"}, {FC_ELS_ADISC, "ADISC"}, {FC_ELS_RSCN, "RSCN"},
        {FC_ELS_SCR, "SCR"},     {FC_ELS_TEST, "TEST"},   {FC_ELS_RNID, "RNID"}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].code == code)
            return names[i].name;
    return "ELS";
}

static const char *els_frame_name(const struct trace_event *f, bool reply)
{
    size_t bytes;
    const uint8_t *p = frame_payload(f, &bytes);

    if (!bytes)
        return "ELS";
    return !reply ? els_name(p[0]) : p[0] == FC_ELS_LS_RJT ? "ELS_RJT" : "ELS_ACC";
}

const char *frame_name(const struct trace_event *frame)
{
    unsigned type = frame->data_bytes >= FC_HEADER_BYTES ? ((const uint8_t *)frame->data)[FC_TYPE_AT] : 0;

    switch (r_ctl_of(frame)) {
    case FC_RCTL_SOLICITED_DATA:
        return "DATA";
    case FC_RCTL_CT_REQUEST:
        return "CT";
    case FC_RCTL_CT_RESPONSE:
        return type == FC_TYPE_CT ? "CT_RSP" : "CONF";
    case FC_RCTL_XFER_RDY:
        return "XFER_RDY";
    case FC_RCTL_CMND:
        return "CMND";
    case FC_RCTL_RSP:
        return "RSP";
    case FC_RCTL_ERSP:
        return "ERSP";
    case FC_RCTL_ELS_REQUEST:
        return els_frame_name(frame, false);
    case FC_RCTL_ELS_REPLY:
        return els_frame_name(frame, true);
    case FC_RCTL_LS_REQUEST:
        return "LS";
    case FC_RCTL_LS_REPLY:
        return "LS_RSP";
    case FC_RCTL_ABTS:
        return "ABTS";
    case FC_RCTL_BA_ACC:
        return "BA_ACC";
    case FC_RCTL_BA_RJT:
        return "BA_RJT";
    default:
        return "frame";
    }
}

/* ---- ladder labels ---- */

static const char *mailbox_name(uint64_t b)
{
    return b >> 16 == 0x9b ? sli4_config_op_name((uint8_t)(b >> 8), (uint8_t)b) : sli4_mbx_name((uint8_t)b);
}

static void wqe_label(const struct trace_event *e, char *out, size_t n)
{
    const struct sli4_wqe *w = e->data;
    unsigned xri = e->xri != TRACE_NO_ID ? e->xri : sli4_wqe_xri_tag(w); /* of an abort: what it aborts */

    snprintf(out, n, "%s XRI 0x%04x tag 0x%04x", sli4_wqe_cmnd_name((uint8_t)sli4_wqe_cmnd(w)), xri,
             sli4_wqe_reqtag(w));
}

static void cqe_label(const struct trace_event *e, char *out, size_t n)
{
    const struct sli4_cqe *c = e->data;
    unsigned code = sli4_cqe_code(c);
    bool of_mailbox = (!code || code == SLI4_CQE_WQE) && e->tag == TRACE_NO_ID; /* another layout */

    if (of_mailbox && sli4_acqe_async(c))
        snprintf(out, n, "CQE async event, %s", sli4_acqe_name((uint8_t)sli4_acqe_event_code(c)));
    else if (of_mailbox)
        snprintf(out, n, "CQE mailbox command done");
    else if (code == SLI4_CQE_WQE && sli4_wcqe_status(c) == SLI4_STATUS_LOCAL_REJECT)
        snprintf(out, n, "CQE tag 0x%04x %s%s", sli4_wcqe_request_tag(c),
                 sli4_reason_name(sli4_wcqe_parameter(c) & 0xff), sli4_wcqe_xb(c) ? " XB" : "");
    else if (code == SLI4_CQE_WQE)
        snprintf(out, n, "CQE tag 0x%04x %s%s", sli4_wcqe_request_tag(c),
                 sli4_status_name((uint8_t)sli4_wcqe_status(c)), sli4_wcqe_xb(c) ? " XB" : "");
    else if (code == SLI4_CQE_NVME_ERSP)
        snprintf(out, n, "CQE ERSP tag 0x%04x", sli4_wcqe_request_tag(c));
    else if (code == SLI4_CQE_XRI_ABORTED)
        snprintf(out, n, "XRI_ABORTED XRI 0x%04x", sli4_xri_aborted_xri(c));
    else
        snprintf(out, n, "CQE %s", sli4_cqe_code_name((uint8_t)code));
}

static void frame_label(const struct trace_event *e, char *out, size_t n)
{
    const char *name = frame_name(e);

    if (!strcmp(name, "DATA"))
        snprintf(out, n, "DATA OX_ID 0x%04x +%u, %u bytes", e->ox_id,
                 get_be32((const uint8_t *)e->data + FC_PARAMETER_AT), e->data_bytes - FC_HEADER_BYTES);
    else
        snprintf(out, n, "%s OX_ID 0x%04x", name, e->ox_id);
}

static const char *opcode_name(unsigned queue, unsigned opcode)
{
    static const struct {
        bool admin;
        uint8_t opcode;
        const char *name;
    } names[] = {{true, 0x02, "Get Log Page"},
                 {true, 0x06, "Identify"},
                 {true, 0x08, "Abort"},
                 {true, 0x09, "Set Features"},
                 {true, 0x0a, "Get Features"},
                 {true, 0x0c, "Async Event Request"},
                 {true, 0x18, "Keep Alive"},
                 {false, 0x00, "Flush"},
                 {false, 0x01, "Write"},
                 {false, 0x02, "Read"},
                 {false, 0x05, "Compare"},
                 {false, 0x08, "Write Zeroes"},
                 {false, 0x09, "Dataset Management"}};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].admin == !queue && names[i].opcode == opcode)
            return names[i].name;
    return opcode == 0x7f ? "Fabrics" : "command";
}

static void done_text(const struct trace_event *e, char *out, size_t bytes)
{
    const char *what = e->type == TRACE_IO_DONE ? "request" : "LS request";
    int status = (int)e->status;
    const char *name = status < 0 ? strerrorname_np(-status) : NULL;

    if (name)
        snprintf(out, bytes, "%s %llu done: %s", what, (unsigned long long)e->a, name);
    else if (status)
        snprintf(out, bytes, "%s %llu done: status 0x%x", what, (unsigned long long)e->a, e->status);
    else
        snprintf(out, bytes, "%s %llu done", what, (unsigned long long)e->a);
}

static void state_label(const struct trace_event *e, char *out, size_t n)
{
    static const char *const port_states[] = {"reset", "ready", "error", "dead"};
    static const char *const xri_states[] = {"not posted", "free", "active", "busy"};
    static const char *const rport_states[] = {"unregistered", "registered", "deleted"};
    const char *const *names = e->type == TRACE_PORT_STATE  ? port_states
                               : e->type == TRACE_XRI_STATE ? xri_states
                                                            : rport_states;
    const char *name = e->a < (e->type == TRACE_RPORT ? 3 : 4) ? names[e->a] : "in an unknown state";

    if (e->type == TRACE_PORT_STATE)
        snprintf(out, n, "port %s", name);
    else if (e->type == TRACE_XRI_STATE)
        snprintf(out, n, "XRI 0x%04x %s", e->xri, name);
    else
        snprintf(out, n, "remote port %06x %s", e->d_id & 0xffffff, name);
}

static const char *exchange_stage(uint64_t stage)
{
    static const char *const names[] = {"open", "held", "data", "responded", "aborted", "gone"};

    return stage < sizeof names / sizeof *names ? names[stage] : "?";
}

void event_label(const struct trace_event *e, char *out, size_t n)
{
    switch (e->type) {
    case TRACE_FRAME_TX:
    case TRACE_FRAME_RX:
        frame_label(e, out, n);
        break;
    case TRACE_FRAME_DROP:
        snprintf(out, n, "%s OX_ID 0x%04x dropped: %s", frame_name(e), e->ox_id, e->note ? e->note : "?");
        break;
    case TRACE_WQE_POST:
    case TRACE_WQE_FETCH:
        wqe_label(e, out, n);
        break;
    case TRACE_CQE_WRITE:
    case TRACE_CQE_TAKE:
        if (e->data_bytes == 16)
            cqe_label(e, out, n);
        else
            snprintf(out, n, "CQE");
        break;
    case TRACE_MBX_REQUEST:
    case TRACE_MBX_RESPONSE:
        snprintf(out, n, e->status ? "%s%s status 0x%x" : "%s%s", mailbox_name(e->b),
                 e->type == TRACE_MBX_RESPONSE ? " answer" : "", e->status);
        break;
    case TRACE_DOORBELL:
        snprintf(out, n, "doorbell 0x%03llx = 0x%08llx", (unsigned long long)e->a, (unsigned long long)e->b);
        break;
    case TRACE_INTERRUPT:
        snprintf(out, n, "interrupt, vector %llu", (unsigned long long)e->a);
        break;
    case TRACE_LINK_STATE:
        snprintf(out, n, e->a ? "link up, %lluG" : "link down", (unsigned long long)e->b);
        break;
    case TRACE_IO_SUBMIT:
        snprintf(out, n, "request %llu: %s, %u bytes%s", (unsigned long long)e->a,
                 opcode_name(e->queue, (unsigned)e->b), e->count, e->status ? ", refused" : "");
        break;
    case TRACE_IO_DONE:
    case TRACE_LS_DONE:
        done_text(e, out, n);
        break;
    case TRACE_PORT_STATE:
    case TRACE_XRI_STATE:
    case TRACE_RPORT:
        state_label(e, out, n);
        break;
    case TRACE_SGL_POST:
        snprintf(out, n, "SGL of XRI 0x%04x", e->xri);
        break;
    case TRACE_FAULT:
        snprintf(out, n, "fault %s%s%s", e->note ? e->note : "",
                 e->data_bytes >= FC_HEADER_BYTES ? " on " : "",
                 e->data_bytes >= FC_HEADER_BYTES ? frame_name(e) : "");
        break;
    case TRACE_NOTE:
    case TRACE_BREACH:
        snprintf(out, n, "%s", e->note ? e->note : "");
        break;
    case TRACE_EXCHANGE:
        snprintf(out, n, "OX_ID 0x%04x %s", e->ox_id, exchange_stage(e->a));
        break;
    case TRACE_IO_ABORT:
        snprintf(out, n, "abort of request %llu", (unsigned long long)e->a);
        break;
    case TRACE_LS_SUBMIT:
        snprintf(out, n, "LS request %llu, command 0x%02llx", (unsigned long long)e->a,
                 (unsigned long long)e->b);
        break;
    default:
        snprintf(out, n, "%s%s%s", trace_type_name((enum trace_type)e->type), e->note ? ": " : "",
                 e->note ? e->note : "");
        break;
    }
}

static void who(const struct trace_event *e, char out[16])
{
    if (e->port == 255)
        snprintf(out, 16, "switch");
    else if (e->port >= 16)
        snprintf(out, 16, "target%u", e->port - 16u);
    else
        snprintf(out, 16, "hba%u", e->port);
}

int trace_line(const struct trace_event *e, char *out, size_t bytes)
{
    char label[160], at[16];

    event_label(e, label, sizeof label);
    who(e, at);
    return snprintf(out, bytes, "%14.3f us  %-7s %-9s %-12s %s%s", (double)e->time_ps / 1e6, at,
                    trace_source_name((enum trace_source)e->source),
                    trace_type_name((enum trace_type)e->type), label,
                    e->marks & TRACE_MARK_CORRUPTED ? "  [corrupted by a fault]"
                    : e->marks & TRACE_MARK_CHANGED ? "  [changed or repeated by a fault]"
                                                    : "");
}
