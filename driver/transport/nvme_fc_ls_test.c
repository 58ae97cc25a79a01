/* SPDX-License-Identifier: BSD-2-Clause */
/* Link services: golden payloads (fc-wire.md appendix A), requests by hand, their time-outs and aborts, and
 * what a remote port sends. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "driver/fc_wire.h"
#include "driver/transport/fake_lldd.h"
#include "driver/transport/transport.h"

static struct fake fake;

static void start(void)
{
    fake_start(&fake);
}
static void stop(void)
{
    fake_stop(&fake);
}

static const char accept_association[] = "0200000000000030000000010000000803000000000000000000000700000008112"
                                         "233445566000000000006000000081122334455660000";
static const char create_connection[] = "04000000000000480000000700000008112233445566000000000004000000300019"
                                        "00000000000000000000000000000000000000000000"
                                        "000000000000000000000000000000000001007f00000000";
static const char accept_connection[] =
    "02000000000000200000000100000008040000000000000000000006000000081122334455660001";
static const char disconnect[] =
    "050000000000002800000007000000081122334455660000000000050000001000000000000000000000000000000000";
static const char accept_disconnect[] = "020000000000001000000001000000080500000000000000";
static const char reject_disconnect[] =
    "01000000000000200000000100000008050000000000000000000002000000080040000000000000";

static unsigned unhex(const char *hex, uint8_t *out)
{
    unsigned bytes = (unsigned)strlen(hex) / 2;

    for (unsigned i = 0; i < bytes; i++) {
        unsigned byte;

        cr_assert_eq(sscanf(hex + 2 * i, "%2x", &byte), 1);
        out[i] = (uint8_t)byte;
    }
    return bytes;
}

static void assert_payload(const char *golden, const uint8_t *payload, uint32_t bytes)
{
    uint8_t expected[1024];

    cr_assert_eq(bytes, unhex(golden, expected));
    cr_assert_arr_eq(payload, expected, bytes);
}

/* ---- payloads ---- */

Test(ls_payload, requests_and_answers_are_the_golden_ones)
{
    uint8_t p[1024];

    memset(p, 0xff, sizeof p);
    assert_payload(create_connection, p, nvme_ls_build_create_connection(p, FAKE_ASSOCIATION, 25, 1, 127));
    memset(p, 0xff, sizeof p);
    assert_payload(disconnect, p, nvme_ls_build_disconnect(p, FAKE_ASSOCIATION));
    memset(p, 0xff, sizeof p);
    assert_payload(accept_disconnect, p, nvme_ls_build_accept(p, 5));
    memset(p, 0xff, sizeof p);
    assert_payload(reject_disconnect, p, nvme_ls_build_reject(p, 5, 0x40, 0));
}

Test(ls_payload, the_golden_answers_are_understood)
{
    struct nvme_ls_accept a;
    uint8_t p[64];

    cr_assert_eq(nvme_ls_check_accept(p, unhex(accept_association, p), 3, &a), 0);
    cr_assert_eq(a.association_id, 0x1122334455660000);
    cr_assert_eq(a.connection_id, 0x1122334455660000);
    cr_assert_eq(nvme_ls_check_accept(p, unhex(accept_connection, p), 4, &a), 0);
    cr_assert_eq(a.connection_id, 0x1122334455660001);
    cr_assert_eq(nvme_ls_check_accept(p, unhex(accept_disconnect, p), 5, &a), 0);
    cr_assert_eq(nvme_ls_check_accept(p, unhex(reject_disconnect, p), 5, &a), -ECONNREFUSED);
    cr_assert_eq(a.reason, 0x40);
    cr_assert_eq(a.explanation, 0);
}

Test(ls_payload, a_reject_that_is_malformed_is_no_reject)
{
    static const struct {
        unsigned at;
        uint8_t value;
    } bad[] = {{7, 31}, {11, 2}, {15, 4}, {16, 3}, {27, 1}, {31, 4}};
    struct nvme_ls_accept a;
    uint8_t p[64];

    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        unsigned bytes = unhex(reject_disconnect, p);

        p[bad[i].at] = bad[i].value;
        cr_assert_eq(nvme_ls_check_accept(p, bytes, 5, &a), -EPROTO, "byte %u", bad[i].at);
    }
    cr_assert_eq(nvme_ls_check_accept(p, 7, 5, &a), -EPROTO);
    cr_assert_eq(nvme_ls_check_accept(p, unhex(accept_association, p) - 4, 3, &a), -EPROTO);
}

static uint8_t seen[8][1024];
static unsigned seen_count;

static enum fake_fate note(struct fake *f, const struct fake_ls *ls)
{
    (void)f;
    memcpy(seen[seen_count++], ls->request, 1024);
    return FAKE_ANSWER;
}

FAKE_TEST(ls, a_controllers_life_sends_the_golden_requests)
{
    struct nvme_ctrl *ctrl;

    fake.ls_fate = note;
    ctrl = fake_connect(&fake, NULL);
    fake_end(&fake, ctrl);
    cr_assert_eq(seen_count, 3);
    assert_payload(create_connection, seen[1], 80);
    assert_payload(disconnect, seen[2], 48);
}

/* ---- by hand ---- */

struct answer {
    unsigned done;
    int status;
    uint32_t bytes;
    uint8_t payload[1024];
};

static void take_answer(void *context, struct nvme_ls_call *call, int status, const uint8_t *response,
                        uint32_t bytes)
{
    struct answer *answer = context;

    cr_assert_not_null(call);
    answer->done++;
    answer->status = status;
    answer->bytes = bytes;
    memcpy(answer->payload, response, bytes);
}

static struct nvme_ls_call *send(struct answer *answer, uint32_t timeout_s)
{
    uint8_t request[64];
    struct nvme_ls_call *call;

    memset(answer, 0, sizeof *answer);
    cr_assert_eq(nvme_fc_ls_send(fake.transport, fake.rport, request, unhex(disconnect, request), timeout_s,
                                 take_answer, answer, &call),
                 0);
    return call;
}

static enum fake_fate hold(struct fake *f, const struct fake_ls *ls)
{
    (void)f;
    (void)ls;
    return FAKE_HOLD;
}

static enum fake_fate deaf(struct fake *f, const struct fake_ls *ls)
{
    (void)f;
    (void)ls;
    return FAKE_DEAF;
}

FAKE_TEST(ls, an_ls_by_hand_gets_the_bytes_of_its_answer)
{
    static struct answer answer;

    send(&answer, 20);
    cr_assert_eq(answer.done, 0);
    fake_run_ms(&fake, 1);
    cr_assert_eq(answer.done, 1);
    cr_assert_eq(answer.status, 0);
    assert_payload(accept_disconnect, answer.payload, answer.bytes);
}

static void huge_length(struct fake *f, struct fake_ls *ls)
{
    (void)f;
    put_be32(ls->response + 4, 0xfffffffc);
}

FAKE_TEST(ls, an_answer_that_claims_to_be_huge_has_the_bytes_of_its_room)
{
    static struct answer answer;

    fake.edit_ls = huge_length;
    send(&answer, 20);
    fake_run_ms(&fake, 1);
    cr_assert_eq(answer.status, 0);
    cr_assert_eq(answer.bytes, 1024);
}

FAKE_TEST(ls, a_request_that_cannot_be_sent_is_refused_and_never_done)
{
    static struct answer answer;
    struct nvme_ls_call *call;
    uint8_t request[1028] = {5};
    int refusals[] = {-EBUSY, -ENODEV, -ENOMEM};

    for (unsigned i = 0; i < 3; i++) {
        fake.ls_result = refusals[i];
        fake.ls_result_count = 1;
        cr_assert_eq(
            nvme_fc_ls_send(fake.transport, fake.rport, request, 48, 20, take_answer, &answer, &call),
            refusals[i]);
    }
    cr_assert_eq(nvme_fc_ls_send(fake.transport, fake.rport, request, 0, 20, take_answer, &answer, &call),
                 -EINVAL);
    cr_assert_eq(nvme_fc_ls_send(fake.transport, fake.rport, request, 47, 20, take_answer, &answer, &call),
                 -EINVAL);
    cr_assert_eq(nvme_fc_ls_send(fake.transport, fake.rport, request, 1028, 20, take_answer, &answer, &call),
                 -EINVAL);
    cr_assert_eq(nvme_fc_unregister_remoteport(fake.transport, fake.rport), 0);
    cr_assert_eq(nvme_fc_ls_send(fake.transport, fake.rport, request, 48, 20, take_answer, &answer, &call),
                 -ENODEV);
    fake_run_ms(&fake, 1);
    cr_assert_eq(answer.done, 0);
}

FAKE_TEST(ls, an_abort_ends_exactly_one)
{
    static struct answer answers[3];
    struct nvme_ls_call *calls[3];

    fake.ls_fate = hold;
    for (unsigned i = 0; i < 3; i++)
        calls[i] = send(&answers[i], 20);
    nvme_fc_ls_abort(fake.transport, calls[1]);
    nvme_fc_ls_abort(fake.transport, calls[1]);
    cr_assert_eq(answers[1].done, 0);
    fake_run_ms(&fake, 1);
    cr_assert_eq(answers[0].done, 0);
    cr_assert_eq(answers[1].done, 1);
    cr_assert_eq(answers[1].status, -ECANCELED);
    cr_assert_eq(answers[1].bytes, 0);
    cr_assert_eq(answers[2].done, 0);
    cr_assert_eq(fake_ls_at(&fake, 0)->aborts, 0);
    cr_assert_eq(fake_ls_at(&fake, 1)->aborts, 0);
    nvme_fc_ls_abort(fake.transport, calls[0]);
    nvme_fc_ls_abort(fake.transport, calls[2]);
    fake_run_ms(&fake, 1);
    cr_assert_eq(answers[0].done + answers[1].done + answers[2].done, 3);
}

FAKE_TEST(ls, the_driver_gets_the_time_out_and_is_asked_to_abort_only_when_it_missed_it)
{
    static struct answer answer;

    fake.ls_fate = hold;
    send(&answer, 2);
    cr_assert_eq(fake_ls_at(&fake, 0)->req->timeout, 2);
    fake_run_ms(&fake, 6999);
    cr_assert_eq(fake_ls_at(&fake, 0)->aborts, 0);
    fake_run_ms(&fake, 2);
    cr_assert_eq(answer.done, 1);
    cr_assert_eq(answer.status, -ECANCELED);
    cr_assert_eq(fake_events(&fake, TRACE_LS_ABORT), 1);
}

FAKE_TEST(ls, an_ls_that_the_driver_never_ends_is_given_up_and_may_be_ended_late)
{
    static struct answer answer, next;

    fake.ls_fate = deaf;
    send(&answer, 2);
    fake_run_ms(&fake, 11999);
    cr_assert_eq(answer.done, 0);
    fake_run_ms(&fake, 2);
    cr_assert_eq(answer.done, 1);
    cr_assert_eq(answer.status, -ETIMEDOUT);
    cr_assert_str_eq(fake.log, "LS 5 (request 1): the driver never ended it");
    fake.ls_fate = NULL;
    send(&next, 2); /* not in the memory that the old one still owns */
    cr_assert_neq(fake_ls_at(&fake, 0)->req, fake_ls_at(&fake, 1)->req);
    fake_run_ms(&fake, 1);
    cr_assert_eq(next.done, 1);
    fake_ls_at(&fake, 0)->answered = true;
    fake_run_ms(&fake, 1);
    cr_assert_eq(answer.done, 1);
    cr_assert_eq(nvme_fc_transport_counters(fake.transport).stray_ls_done, 0);
}

FAKE_TEST(ls, a_second_done_of_an_ls_is_counted_and_has_no_effect)
{
    static struct answer answer;
    struct nvmefc_ls_req *req;

    fake.ls_fate = hold;
    send(&answer, 2);
    req = fake_ls_at(&fake, 0)->req;
    fake_ls_at(&fake, 0)->answered = true;
    fake_run_ms(&fake, 1);
    req->done(req, 0);
    cr_assert_eq(answer.done, 1);
    cr_assert_eq(nvme_fc_transport_counters(fake.transport).stray_ls_done, 1);
}

FAKE_TEST(ls, a_done_from_inside_ls_req_is_delivered_later)
{
    static struct answer answer;

    fake.done_inside = true;
    send(&answer, 2);
    cr_assert_eq(answer.done, 0);
    fake_run_ms(&fake, 1);
    fake.done_inside = false;
    cr_assert_eq(answer.done, 1);
    cr_assert_eq(answer.status, 0);
    cr_assert_eq(nvme_fc_transport_counters(fake.transport).early_done, 1);
}

FAKE_TEST(ls, all_ls_of_a_lost_port_are_aborted)
{
    static struct answer answers[2];

    fake.ls_fate = hold;
    send(&answers[0], 20);
    send(&answers[1], 20);
    cr_assert_eq(nvme_fc_unregister_remoteport(fake.transport, fake.rport), 0);
    fake_run_ms(&fake, 1);
    cr_assert_eq(answers[0].status, -ECANCELED);
    cr_assert_eq(answers[1].status, -ECANCELED);
}

FAKE_TEST(ls, submit_done_and_abort_of_an_ls_are_traced)
{
    static struct answer answer;
    struct nvme_ls_call *call;

    fake.ls_fate = hold;
    call = send(&answer, 20);
    nvme_fc_ls_abort(fake.transport, call);
    fake_run_ms(&fake, 1);
    cr_assert_eq(fake_event(&fake, TRACE_LS_SUBMIT, 0)->b, 5);
    cr_assert_eq(fake_event(&fake, TRACE_LS_SUBMIT, 0)->count, 48);
    cr_assert_eq(fake_event(&fake, TRACE_LS_ABORT, 0)->a, fake_event(&fake, TRACE_LS_SUBMIT, 0)->a);
    cr_assert_eq(fake_event(&fake, TRACE_LS_DONE, 0)->a, fake_event(&fake, TRACE_LS_SUBMIT, 0)->a);
    cr_assert_eq((int32_t)fake_event(&fake, TRACE_LS_DONE, 0)->status, -ECANCELED);
}

/* ---- what the remote port sends ---- */

static struct nvmefc_ls_rsp rsp;

static int receive(const char *hex, unsigned at, uint8_t value)
{
    uint8_t request[1024];
    unsigned bytes = unhex(hex, request);

    request[at] = value;
    memset(&rsp, 0, sizeof rsp);
    return nvme_fc_rcv_ls_req(fake.transport, fake.rport, &rsp, request, bytes);
}

static void sent(void)
{
    cr_assert_eq(fake.sent_rsp, &rsp);
    fake.sent_rsp = NULL;
    rsp.done(&rsp);
}

static void assert_rejected(uint8_t command, uint8_t reason)
{
    uint8_t expected[64];

    fake_service(&fake);
    cr_assert_eq(fake.sent_rsp, &rsp);
    cr_assert_eq(rsp.rsplen, unhex(reject_disconnect, expected));
    expected[16] = command;
    expected[33] = reason;
    cr_assert_arr_eq(fake.sent_rsp_payload, expected, 40);
    sent();
}

FAKE_TEST(ls, a_disconnect_of_an_unknown_association_is_rejected_as_in_the_golden_frame)
{
    cr_assert_eq(receive(disconnect, 0, 5), 0);
    fake_service(&fake);
    cr_assert_eq(fake.rsps_sent, 1);
    assert_payload(reject_disconnect, fake.sent_rsp_payload, rsp.rsplen);
    sent();
}

FAKE_TEST(ls, malformed_and_unknown_requests_are_rejected_by_reason)
{
    static const unsigned bad[][2] = {{7, 0x24}, {11, 6}, {15, 4}, {27, 4}, {31, 12}, {32, 1}};

    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert_eq(receive(disconnect, bad[i][0], (uint8_t)bad[i][1]), 0);
        assert_rejected(5, 0x03);
    }
    cr_assert_eq(receive(disconnect, 0, 9), 0);
    assert_rejected(9, 0x01);
    cr_assert_eq(receive(disconnect, 0, 3), 0); /* a host is no target */
    assert_rejected(3, 0x0b);
}

FAKE_TEST(ls, a_request_without_a_header_is_the_drivers_to_drop)
{
    uint8_t request[7] = {5};

    cr_assert_eq(nvme_fc_rcv_ls_req(fake.transport, fake.rport, &rsp, request, 7), -EINVAL);
    cr_assert_eq(nvme_fc_rcv_ls_req(fake.transport, NULL, &rsp, request, 7), -EINVAL);
    fake_service(&fake);
    cr_assert_eq(fake.rsps_sent, 0);
}

FAKE_TEST(ls, an_answer_is_retried_while_the_driver_is_busy)
{
    fake.rsp_result = -EBUSY;
    fake.rsp_result_count = 3;
    cr_assert_eq(receive(disconnect, 0, 5), 0);
    fake_run_ms(&fake, 29);
    cr_assert_eq(fake.rsps_sent, 0);
    fake_run_ms(&fake, 2);
    cr_assert_eq(fake.rsps_sent, 1);
    sent();
}

FAKE_TEST(ls, an_answer_that_the_driver_cannot_send_is_given_up)
{
    fake.rsp_result = -ENODEV;
    fake.rsp_result_count = 1;
    cr_assert_eq(receive(disconnect, 0, 5), 0);
    fake_run_ms(&fake, 1000);
    cr_assert_eq(fake.rsp_result_count, 0);
    cr_assert_eq(fake.rsps_sent, 0);
    fake.rsp_result = -EBUSY;
    fake.rsp_result_count = UINT32_MAX;
    cr_assert_eq(receive(disconnect, 0, 5), 0);
    fake_run_ms(&fake, 21000);
    cr_assert_eq(fake.rsps_not_wanted, 1, "the driver is told");
    fake.rsp_result_count = 0;
    fake_run_ms(&fake, 1000);
    cr_assert_eq(fake.rsps_sent, 0);
}

FAKE_TEST(ls, a_request_that_the_driver_withdraws_is_forgotten)
{
    struct nvme_ctrl *ctrl = fake_connect(&fake, NULL);

    fake.rsp_result = -EBUSY; /* one that waits to be sent */
    fake.rsp_result_count = UINT32_MAX;
    cr_assert_eq(receive(disconnect, 0, 9), 0);
    fake_service(&fake);
    rsp.done(&rsp);
    cr_assert_eq(receive(disconnect, 0, 5), 0); /* and one that waits for the end of the association */
    rsp.done(&rsp);
    rsp.done(&rsp);
    cr_assert_eq(nvme_fc_transport_counters(fake.transport).stray_ls_done, 1);
    fake.rsp_result_count = 0;
    fake_run_ms(&fake, 1);
    cr_assert_eq(fake.rsps_sent, 0);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_CONNECTING, "the association ends all the same");
    fake_run_ms(&fake, 2001);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_LIVE);
    fake_end(&fake, ctrl);
}

FAKE_TEST(ls, a_second_done_of_an_answer_is_counted)
{
    cr_assert_eq(receive(disconnect, 0, 5), 0);
    fake_service(&fake);
    sent();
    rsp.done(&rsp);
    cr_assert_eq(nvme_fc_transport_counters(fake.transport).stray_ls_done, 1);
}

static struct fake_io io;

static enum fake_fate hold_io(struct fake *f, const struct fake_command *command)
{
    (void)f;
    return command->qid ? FAKE_DEAF : FAKE_ANSWER;
}

FAKE_TEST(ls, a_received_disconnect_ends_exchanges_then_sends_its_own_then_accepts)
{
    struct nvme_ctrl *ctrl = fake_connect(&fake, NULL);

    fake.command_fate = hold_io;
    fake_io_prepare(&io, NVME_IO_READ, 4096);
    cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &io.request), 0);
    fake.ls_fate = hold;
    cr_assert_eq(receive(disconnect, 0, 5), 0);
    fake_run_ms(&fake, 1);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_RESETTING);
    cr_assert_eq(fake_commands_out(&fake), 1);
    cr_assert_eq(fake_command_at(&fake, 0)->aborts, 1);
    cr_assert_null(fake_ls_at(&fake, 0));
    fake_command_at(&fake, 0)->answered = true;
    fake_command_at(&fake, 0)->status = -ECANCELED;
    fake_run_ms(&fake, 1);
    cr_assert_eq(io.request.error, -ENOTCONN);
    cr_assert_eq(fake_ls_at(&fake, 0)->request[0], 5);
    cr_assert_eq(fake.rsps_sent, 0);
    fake_target_answer_ls(&fake, fake_ls_at(&fake, 0));
    fake_ls_at(&fake, 0)->answered = true;
    fake.ls_fate = NULL;
    fake.command_fate = NULL;
    fake_run_ms(&fake, 1);
    cr_assert_eq(fake.rsps_sent, 1);
    assert_payload(accept_disconnect, fake.sent_rsp_payload, rsp.rsplen);
    sent();
    cr_assert_eq(fake.queues_live, 0);
    cr_assert_str_eq(nvme_ctrl_info(ctrl).error_text, "the remote port ended the association");
    fake_run_ms(&fake, 2001);
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_LIVE);
    fake_end(&fake, ctrl);
}

FAKE_TEST(ls, of_two_received_disconnects_the_older_is_rejected)
{
    struct nvme_ctrl *ctrl = fake_connect(&fake, NULL);
    struct nvmefc_ls_rsp older = {0};
    uint8_t request[64];

    cr_assert_eq(nvme_fc_rcv_ls_req(fake.transport, fake.rport, &older, request, unhex(disconnect, request)),
                 0);
    cr_assert_eq(receive(disconnect, 0, 5), 0);
    fake_service(&fake);
    cr_assert_eq(fake.sent_rsp, &older);
    cr_assert_eq(fake.sent_rsp_payload[0], 1);
    cr_assert_eq(fake.sent_rsp_payload[33], 0x09);
    older.done(&older);
    fake_run_ms(&fake, 1);
    cr_assert_eq(fake.rsps_sent, 2);
    assert_payload(accept_disconnect, fake.sent_rsp_payload, rsp.rsplen);
    sent();
    fake_end(&fake, ctrl);
}

FAKE_TEST(ls, an_association_that_has_ended_is_unknown)
{
    struct nvme_ctrl *ctrl = fake_connect(&fake, NULL);

    cr_assert_eq(receive(disconnect, 0, 5), 0);
    fake_run_ms(&fake, 1);
    sent();
    cr_assert_eq(nvme_ctrl_info(ctrl).state, NVME_CTRL_CONNECTING);
    cr_assert_eq(receive(disconnect, 0, 5), 0);
    assert_rejected(5, 0x40);
    fake_end(&fake, ctrl);
}
