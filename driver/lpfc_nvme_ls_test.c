/* SPDX-License-Identifier: BSD-2-Clause */
/* NVMe link services: requests, aborts, time-outs, and requests of remote ports (KD-20 to 22). Words are
 * literals worked out from sli4-io.md 2.5 and 2.6. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include "driver/lpfc_nvme_rig.h"

struct ls {
    struct nvmefc_ls_req req;      /* first */
    unsigned done;
    int status;
};
static struct ls ls[16];

static void ls_done(struct nvmefc_ls_req *req, int status)
{
    ((struct ls *)req)->done++;
    ((struct ls *)req)->status = status;
}

static void fill(unsigned n)
{
    ls[n] = (struct ls){.req = {.rqstdma = 0x1234560000,
                                .rqstlen = 1024,
                                .rspdma = 0x1234560400,
                                .rsplen = 56,
                                .timeout = 20,
                                .done = ls_done}};
}

static int send(unsigned n, unsigned port)
{
    fill(n);
    return lpfc_nvme_ls_req(&rig.lport, &rig.rport[port], &ls[n].req);
}

static struct lpfc_iocbq *request(unsigned n)
{
    return ls[n].req.private;
}
static void abort_ls(unsigned n, unsigned port)
{
    lpfc_nvme_ls_abort(&rig.lport, &rig.rport[port], &ls[n].req);
}

static unsigned sglqs(enum lpfc_sglq_state state)
{
    unsigned n = 0;

    for (unsigned i = 0; i < 16; i++)
        n += rig.sglq[i].state == state;
    return n;
}

static void setup(void)
{
    rig_io(1, 4);
}

TestSuite(ls, .init = setup, .fini = rig_down);
TestSuite(ls_abort, .init = setup, .fini = rig_down);
TestSuite(ls_received, .init = setup, .fini = rig_down);

/* ---- request ---- */

Test(ls, a_request_has_the_words_of_the_reference_and_goes_to_the_ls_queue)
{
    static const uint32_t expected[16] = {0x00000400, 0x34560000, 0x12, 1024, 0,          0x3228000c,
                                          0x00200100, 0x1402c200, 0,    0,    0x00006200, 0xffff0008,
                                          0,          0,          0,    56};
    const uint32_t *sgl = rig.sglq[0].sgl.cpu;

    cr_assert_eq(send(0, 0), 0);
    cr_assert_eq(rig_last()->wq, &rig.hba.ls_wq);
    for (unsigned i = 0; i < 16; i++)
        if (i != 8 && i != 9)
            cr_assert_eq(rig_last()->word[i], expected[i], "word %u is %08x", i, rig_last()->word[i]);
    cr_assert_eq(rig_last()->word[9], request(0)->iotag);
    cr_assert_eq(sgl[0], 0x12);
    cr_assert_eq(sgl[1], 0x34560000);
    cr_assert_eq(sgl[2], 0);
    cr_assert_eq(sgl[3], 1024);
    cr_assert_eq(sgl[4], 0x12);
    cr_assert_eq(sgl[5], 0x34560400);
    cr_assert_eq(sgl[6], 0x80000000);
    cr_assert_eq(sgl[7], 56);
}

Test(ls, a_response_ends_it_with_0_and_everything_returns)
{
    unsigned references = rig.node[0].references;

    cr_assert_eq(send(0, 0), 0);
    cr_assert_eq(rig.node[0].references, references + 1);
    rig_cqe(request(0), 0, 0, 56, false);
    cr_assert_eq(ls[0].done, 1);
    cr_assert_eq(ls[0].status, 0);
    cr_assert_null(ls[0].req.private);
    cr_assert_eq(rig.node[0].references, references);
    cr_assert_eq(sglqs(LPFC_SGLQ_FREE), 16);
    cr_assert_eq(rig.hba.counters.ls_xmt, 1);
    cr_assert_eq(rig.hba.counters.ls_cmpl, 1);
    cr_assert_eq(rig.hba.counters.ls_err, 0);
}

Test(ls, failures_are_negative_errnos)
{
    static const struct {
        unsigned status;
        uint32_t parameter;
        int error;
    } ends[] = {
        {3, 0x02, -ETIMEDOUT}, {3, 0x101, -ENODEV}, {3, 0x1a, -ENODEV}, {3, 0x09, -ENODEV},
        {3, 0x04, -ENODEV},    {3, 0x11, -EIO},     {3, 0x05, -EIO},    {4, 0, -EIO},
        {5, 0, -EIO},          {6, 0, -EIO},        {9, 0, -EIO},       {10, 0, -EIO},
    };

    for (unsigned i = 0; i < sizeof ends / sizeof *ends; i++) {
        cr_assert_eq(send(0, 0), 0);
        rig_cqe(request(0), ends[i].status, ends[i].parameter, 0, false);
        cr_assert_eq(ls[0].status, ends[i].error, "status %u, %#x", ends[i].status, ends[i].parameter);
    }
    cr_assert_eq(rig.hba.counters.ls_err, 12);
}

Test(ls, the_timer_of_the_port_is_the_transports_value)
{
    static const struct {
        uint32_t timeout;
        unsigned tmo;
        uint64_t guard_s;
    } values[] = {
        {2, 2, 18},    {20, 20, 36},        {60, 60, 76}, {255, 255, 271},
        {256, 0, 256}, {100000, 0, 100000}, {0, 20, 36},               /* 2 R_A_TOV */
    };

    for (unsigned i = 0; i < 7; i++) {
        fill(0);
        ls[0].req.timeout = values[i].timeout;
        cr_assert_eq(lpfc_nvme_ls_req(&rig.lport, &rig.rport[0], &ls[0].req), 0);
        cr_assert_eq(rig_last()->word[7] >> 24, values[i].tmo);
        cr_assert_eq(request(0)->deadline_ns, rig.now_ns + values[i].guard_s * 1000000000);
        rig_cqe(request(0), 0, 0, 56, false);
    }
}

Test(ls, what_is_missing_or_out_already_is_invalid)
{
    fill(0);
    cr_assert_eq(lpfc_nvme_ls_req(NULL, &rig.rport[0], &ls[0].req), -EINVAL);
    cr_assert_eq(lpfc_nvme_ls_req(&rig.lport, NULL, &ls[0].req), -EINVAL);
    cr_assert_eq(lpfc_nvme_ls_req(&rig.lport, &rig.rport[0], NULL), -EINVAL);
    ls[0].req.rqstlen = 0;
    cr_assert_eq(lpfc_nvme_ls_req(&rig.lport, &rig.rport[0], &ls[0].req), -EINVAL);
    fill(0);
    ls[0].req.rsplen = 0;
    cr_assert_eq(lpfc_nvme_ls_req(&rig.lport, &rig.rport[0], &ls[0].req), -EINVAL);
    fill(0);
    ls[0].req.done = NULL;
    cr_assert_eq(lpfc_nvme_ls_req(&rig.lport, &rig.rport[0], &ls[0].req), -EINVAL);
    cr_assert_eq(send(0, 0), 0);
    cr_assert_eq(lpfc_nvme_ls_req(&rig.lport, &rig.rport[0], &ls[0].req), -EINVAL);
    cr_assert_eq(rig.wqes, 1);
}

static void busy(const char *what)
{
    unsigned references = rig.node[0].references;

    cr_assert_eq(send(0, 0), -EBUSY, "%s", what);
    cr_assert_null(ls[0].req.private, "%s", what);
    cr_assert_eq(ls[0].done, 0, "%s", what);
    cr_assert_eq(sglqs(LPFC_SGLQ_FREE), 16, "%s", what);
    cr_assert_eq(rig.node[0].references, references, "%s", what);
}

Test(ls, every_temporary_condition_is_busy_and_passes)
{
    rig.no_iocb = true;
    busy("no request");
    rig.no_iocb = false;
    rig.no_sglq = true;
    busy("no XRI");
    rig.no_sglq = false;
    rig.issue_rc = -EBUSY;
    busy("ring full");
    rig.issue_rc = -ENODEV;
    busy("reset began meanwhile");
    rig.issue_rc = 0;
    rig.hba.flushing = true;
    busy("reset running");
    rig.hba.flushing = false;
    rig.node[0].state = LPFC_NODE_NPR;
    busy("node in recovery");
    rig.node[0].state = LPFC_NODE_MAPPED;
    for (unsigned i = 0; i < 20; i++) { /* nothing leaked: the pool of 8 requests serves 20 in turn */
        cr_assert_eq(send(0, 0), 0);
        rig_cqe(request(0), 0, 0, 56, false);
    }
}

Test(ls, what_is_gone_for_good_is_no_device)
{
    rig.rport_private[0].ndlp = NULL;
    rig.rport[0].port_state = NVME_FC_DELETED;
    cr_assert_eq(send(0, 0), -ENODEV);
    rig.rport[0].port_state = NVME_FC_ONLINE;
    rig.rport_private[0].ndlp = &rig.node[0];
    rig.hba.unloading = true;
    rig.node[0].rport_online = false;
    cr_assert_eq(send(0, 0), -ENODEV);
    cr_assert_eq(ls[0].done, 0);
}

Test(ls, with_xb_it_is_done_at_once_and_its_xri_stays_busy)
{
    cr_assert_eq(send(0, 0), 0);
    rig_cqe(request(0), 3, 2, 0, true);
    cr_assert_eq(ls[0].done, 1);
    cr_assert_eq(ls[0].status, -ETIMEDOUT);
    cr_assert_eq(sglqs(LPFC_SGLQ_BUSY), 1);
    cr_assert_eq(sglqs(LPFC_SGLQ_USED), 0);
}

Test(ls, a_flush_returns_each_once)
{
    for (unsigned n = 0; n < 4; n++)
        cr_assert_eq(send(n, 0), 0);
    abort_ls(2, 0);
    rig_flush();
    for (unsigned n = 0; n < 4; n++) {
        cr_assert_eq(ls[n].done, 1);
        cr_assert_eq(ls[n].status, -ENODEV);
    }
    cr_assert_eq(sglqs(LPFC_SGLQ_FREE), 16);
    cr_assert_eq(rig.node[0].references, 2);
}

/* ---- abort ---- */

Test(ls_abort, exactly_the_named_request_is_aborted_on_the_ls_queue)
{
    struct lpfc_iocbq *second;

    for (unsigned n = 0; n < 3; n++)
        cr_assert_eq(send(n, 0), 0);
    cr_assert_eq(send(3, 1), 0);
    cr_assert_eq(send(4, 1), 0);
    second = request(1);
    abort_ls(1, 0);
    cr_assert_eq(rig.aborts, 1);
    cr_assert_eq(rig.aborted[0], second);
    cr_assert_eq(second->wq, &rig.hba.ls_wq);
    cr_assert_eq(ls[1].done, 0, "not from inside");
    rig_cqe(second, 3, 0x16, 0, true);
    rig_abort_cqe(second, 0, 0);
    cr_assert_eq(ls[1].done, 1);
    cr_assert_eq(ls[1].status, -ECANCELED);
    for (unsigned n = 0; n < 5; n++)
        cr_assert_eq(ls[n].done, n == 1);
    cr_assert_eq(rig.hba.counters.ls_abort, 1);
}

Test(ls_abort, of_what_is_not_out_or_of_another_port_does_nothing)
{
    fill(0);
    abort_ls(0, 0);
    cr_assert_eq(send(0, 0), 0);
    abort_ls(0, 1);
    lpfc_nvme_ls_abort(NULL, &rig.rport[0], &ls[0].req);
    lpfc_nvme_ls_abort(&rig.lport, NULL, &ls[0].req);
    lpfc_nvme_ls_abort(&rig.lport, &rig.rport[0], NULL);
    rig_cqe(request(0), 0, 0, 56, false);
    abort_ls(0, 0);
    cr_assert_eq(rig.aborts, 0);
    cr_assert_eq(ls[0].done, 1);
}

Test(ls_abort, a_second_one_does_nothing_and_a_failed_one_can_be_repeated)
{
    cr_assert_eq(send(0, 0), 0);
    rig.abort_rc = -ENOENT;
    abort_ls(0, 0);
    cr_assert_eq(rig.hba.counters.ls_abort, 0);
    rig.abort_rc = 0;
    abort_ls(0, 0);
    abort_ls(0, 0);
    cr_assert_eq(rig.aborts, 1);
    cr_assert_eq(rig.hba.counters.ls_abort, 1);
}

Test(ls_abort, a_response_that_was_faster_wins_and_its_xri_waits_for_the_aborts_end)
{
    struct lpfc_iocbq *iocbq;

    cr_assert_eq(send(0, 0), 0);
    iocbq = request(0);
    abort_ls(0, 0);
    rig_cqe(iocbq, 0, 0, 56, false);
    cr_assert_eq(ls[0].done, 1);
    cr_assert_eq(ls[0].status, 0);
    cr_assert_eq(sglqs(LPFC_SGLQ_USED), 1, "a new LS on this XRI could meet the abort");
    rig_abort_cqe(iocbq, 3, 5);
    cr_assert_eq(sglqs(LPFC_SGLQ_FREE), 16);
    cr_assert_eq(rig.node[0].references, 2);
}

Test(ls_abort, the_aborts_end_may_come_first)
{
    struct lpfc_iocbq *iocbq;

    cr_assert_eq(send(0, 0), 0);
    iocbq = request(0);
    abort_ls(0, 0);
    rig_abort_cqe(iocbq, 0, 0);
    cr_assert_eq(ls[0].done, 0);
    rig_cqe(iocbq, 3, 0x16, 0, true);
    cr_assert_eq(ls[0].done, 1);
    cr_assert_eq(ls[0].status, -ECANCELED);
    cr_assert_eq(sglqs(LPFC_SGLQ_BUSY), 1);
}

Test(ls_abort, the_drivers_own_guard_ends_it_as_a_time_out)
{
    struct lpfc_iocbq *iocbq;

    cr_assert_eq(send(0, 0), 0);
    iocbq = request(0);
    lpfc_sli4_issue_abort(&rig.hba, iocbq, iocbq->abort->abort_done); /* as lpfc_sli_check_deadlines does */
    rig_cqe(iocbq, 3, 0x16, 0, true);
    cr_assert_eq(ls[0].status, -ETIMEDOUT);
    rig_abort_cqe(iocbq, 0, 0);
    cr_assert_eq(sglqs(LPFC_SGLQ_BUSY), 1);
}

/* ---- requests of remote ports ---- */

static unsigned answered;
static void rsp_done(struct nvmefc_ls_rsp *rsp)
{
    (void)rsp;
    answered++;
}

static const uint8_t disconnect[48] = {5};

static void receive(void)
{
    lpfc_nvme_unsol_ls(&rig.hba.vport, &rig.node[0], 0x1234, disconnect, sizeof disconnect);
}

static int reply(void)
{
    rig.received->rspdma = 0x777000;
    rig.received->rsplen = 24;
    rig.received->done = rsp_done;
    return rig.ops_given.xmt_ls_rsp(&rig.lport, &rig.rport[0], rig.received);
}

Test(ls_received, the_transport_gets_it_and_its_answer_goes_out_in_the_same_exchange)
{
    static const uint32_t expected[16] = {0x00000018, 0x00777000, 0, 0, 0,          0x33280080,
                                          0x00200100, 0x00028200, 0, 0, 0x00004100, 0xffff0008,
                                          24,         0,          0, 0};

    receive();
    cr_assert_not_null(rig.received);
    cr_assert_eq(reply(), 0);
    cr_assert_eq(rig_last()->wq, &rig.hba.ls_wq);
    for (unsigned i = 0; i < 16; i++)
        if (i != 8 && i != 9 && i != 10)
            cr_assert_eq(rig_last()->word[i], expected[i], "word %u is %08x", i, rig_last()->word[i]);
    cr_assert_eq(rig_last()->word[9] >> 16, 0x1234, "OX_ID");
    cr_assert_eq(rig_last()->word[10] >> 7 & 3, 2, "the length stands in word 12");
    cr_assert_eq(answered, 0);
    rig_cqe(rig_last()->iocbq, 0, 0, 0, false);
    cr_assert_eq(answered, 1);
    cr_assert_eq(sglqs(LPFC_SGLQ_FREE), 16);
    cr_assert_eq(rig.node[0].references, 2);
}

Test(ls_received, what_the_transport_refuses_is_aborted)
{
    rig.rcv_ls_rc = -EINVAL;
    receive();
    cr_assert_eq(rig.hba.counters.unsol_dropped, 1);
    cr_assert_eq(rig_last()->wq, &rig.hba.ls_wq);
    cr_assert_eq(rig_last()->word[5], 0x81000080, "ABTS");
    cr_assert_eq(rig_last()->word[7], 0x00028200);
    cr_assert_eq(rig_last()->word[9] >> 16, 0x1234, "OX_ID");
    cr_assert_eq(rig_last()->word[12], 0);
    rig_cqe(rig_last()->iocbq, 0, 0, 0, false);
    cr_assert_eq(rig.node[0].references, 2);
    cr_assert_eq(sglqs(LPFC_SGLQ_FREE), 16);
}

Test(ls_received, what_can_neither_be_taken_nor_aborted_is_dropped)
{
    rig.no_sglq = true;
    rig.node[0].rport = NULL;
    receive();
    lpfc_nvme_unsol_ls(&rig.hba.vport, NULL, 1, disconnect, sizeof disconnect);
    cr_assert_eq(rig.hba.counters.unsol_dropped, 2);
    cr_assert_null(rig.received);
    cr_assert_eq(rig.wqes, 0);
}

Test(ls_received, a_flood_is_bounded)
{
    rig.no_sglq = true;
    for (unsigned i = 0; i < 100; i++)
        receive();
    cr_assert_eq(rig.hba.counters.unsol_dropped, 36);
    cr_assert_eq(rig.node[0].references, 2 + 64); /* rig_down frees them */
}

Test(ls_received, a_shortage_is_busy_and_the_answer_can_be_sent_again)
{
    receive();
    rig.no_sglq = true;
    cr_assert_eq(reply(), -EBUSY);
    rig.no_sglq = false;
    rig.issue_rc = -EBUSY;
    cr_assert_eq(reply(), -EBUSY);
    rig.issue_rc = 0;
    cr_assert_eq(answered, 0);
    cr_assert_eq(reply(), 0);
    rig_cqe(rig_last()->iocbq, 0, 0, 0, false);
    cr_assert_eq(answered, 1);
}

Test(ls_received, an_answer_to_a_port_that_is_gone_ends_without_done)
{
    receive();
    rig.hba.unloading = true;
    rig.node[0].rport_online = false;
    cr_assert_eq(reply(), -ENODEV);
    cr_assert_eq(answered, 0);
    cr_assert_eq(rig.node[0].references, 2);
}

Test(ls_received, a_request_that_will_not_be_answered_is_aborted)
{
    receive();
    rig.received->rsplen = 0;
    cr_assert_eq(rig.ops_given.xmt_ls_rsp(&rig.lport, &rig.rport[0], rig.received), -EIO);
    cr_assert_eq(rig.withdrawn, 0);
    cr_assert_eq(rig.hba.counters.unsol_dropped, 1);
    cr_assert_eq(rig_last()->word[5], 0x81000080, "ABTS");
    cr_assert_eq(rig_last()->word[9] >> 16, 0x1234, "OX_ID");
    rig_cqe(rig_last()->iocbq, 0, 0, 0, false);
    cr_assert_eq(rig.node[0].references, 2);
}

Test(ls_received, what_the_transport_still_holds_when_the_driver_goes_is_withdrawn)
{
    receive();
    receive();
    lpfc_nvme_drop_ls_rsps(&rig.hba);
    cr_assert_eq(rig.withdrawn, 2);
    cr_assert_eq(rig.node[0].references, 2);
}

Test(ls_received, a_reset_ends_the_answer_that_is_out)
{
    receive();
    cr_assert_eq(reply(), 0);
    rig_flush();
    cr_assert_eq(answered, 1);
    cr_assert_eq(rig.hba.counters.ls_err, 1);
}
