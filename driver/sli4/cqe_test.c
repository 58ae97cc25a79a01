/* SPDX-License-Identifier: BSD-2-Clause */
/* Completion entries as the port writes them; words worked out by hand from sli4-io.md 3, sli4-port.md 6. */
#include <criterion/criterion.h>
#include "driver/sli4/cqe.h"
#include "driver/sli4/names.h"

static struct sli4_cqe entry(uint32_t w0, uint32_t w1, uint32_t w2, uint32_t w3)
{
    return (struct sli4_cqe){{htole32(w0), htole32(w1), htole32(w2), htole32(w3)}};
}

static struct sli4_completion decode(enum sli4_cq_kind from, uint32_t w0, uint32_t w1, uint32_t w2,
                                     uint32_t w3)
{
    struct sli4_cqe cqe = entry(w0, w1, w2, w3);
    struct sli4_completion c;

    sli4_cqe_decode(&cqe, from, &c);
    return c;
}

Test(cqe, an_aborted_command_ends_with_local_reject_and_its_exchange_busy)
{
    struct sli4_completion c = decode(SLI4_CQ_WORK, 0x00450300, 512, 0x16, 0x90010000);

    cr_assert_eq(c.kind, SLI4_COMPLETION_WQE);
    cr_assert_eq(c.u.wqe.request_tag, 0x45);
    cr_assert_eq(c.u.wqe.status, SLI4_STATUS_LOCAL_REJECT);
    cr_assert_eq(c.u.wqe.parameter, SLI4_REASON_ABORT_REQUESTED);
    cr_assert_eq(c.u.wqe.placed, 512);
    cr_assert(c.u.wqe.xb);
}

Test(cqe, a_good_completion_may_tell_of_an_underrun)
{
    struct sli4_completion c = decode(SLI4_CQ_WORK, 0x01020001, 100, 0, 0x80010000);

    cr_assert_eq(c.u.wqe.status, 0);
    cr_assert_eq(c.u.wqe.hw_status, 1);
    cr_assert_not(c.u.wqe.xb);
}

Test(cqe, an_ersp_has_a_48_bit_result_and_no_status)
{
    struct sli4_completion c = decode(SLI4_CQ_WORK, 0x0045abcd, 0x11223344, 0x04030201, 0x800d0007);

    cr_assert_eq(c.kind, SLI4_COMPLETION_NVME_ERSP);
    cr_assert_eq(c.u.ersp.request_tag, 0x45);
    cr_assert_eq(c.u.ersp.result, 0xabcd11223344);
    cr_assert_eq(c.u.ersp.sqhd, 7);
    cr_assert_arr_eq(&c.u.ersp.rsn, "\x01\x02\x03\x04", 4, "wire bytes are kept");
    cr_assert_not(c.u.ersp.xb);
}

Test(cqe, a_release_names_queue_and_index)
{
    struct sli4_completion c = decode(SLI4_CQ_WORK, 0, 0, 0x0012000f, 0x80020000);

    cr_assert_eq(c.kind, SLI4_COMPLETION_RELEASE);
    cr_assert_eq(c.u.release.wq_id, 0x12);
    cr_assert_eq(c.u.release.wqe_index, 15);
}

Test(cqe, an_unanswered_abts_shows_in_xri_aborted)
{
    struct sli4_completion c = decode(SLI4_CQ_WORK, 0x00000300, 0x02, 0xffff0123, 0xd0050000);

    cr_assert_eq(c.kind, SLI4_COMPLETION_XRI_ABORTED);
    cr_assert_eq(c.u.aborted.xri, 0x123);
    cr_assert_eq(c.u.aborted.remote_xid, 0xffff);
    cr_assert_eq(c.u.aborted.status, SLI4_STATUS_LOCAL_REJECT);
    cr_assert_eq(c.u.aborted.reason, SLI4_REASON_SEQUENCE_TIMEOUT);
    cr_assert(c.u.aborted.initiated_locally);
    cr_assert(c.u.aborted.originated_locally);
    cr_assert_not(c.u.aborted.rejected);
}

Test(cqe, a_ba_rjt_shows_in_xri_aborted)
{
    struct sli4_completion c = decode(SLI4_CQ_WORK, 0, 0, 0x22220123, 0xf0050000);

    cr_assert(c.u.aborted.rejected);
    cr_assert_eq(c.u.aborted.remote_xid, 0x2222);
}

Test(cqe, a_received_frame_version_1_is_found_by_header_queue_and_index)
{
    struct sli4_completion c = decode(SLI4_CQ_WORK, 0x00111000, 0, 0x00740006, 0x9809422e);

    cr_assert_eq(c.kind, SLI4_COMPLETION_RECEIVE);
    cr_assert_eq(c.u.receive.status, SLI4_STATUS_RQ_SUCCESS);
    cr_assert_eq(c.u.receive.rqe_index, 0x11);
    cr_assert_eq(c.u.receive.fcfi, 0);
    cr_assert_eq(c.u.receive.rq_id, 6);
    cr_assert_eq(c.u.receive.bytes, 116);
    cr_assert_eq(c.u.receive.sof, 0x2e);
    cr_assert_eq(c.u.receive.eof, 0x42);
    cr_assert_eq(c.u.receive.header_bytes, 24);
}

Test(cqe, a_received_frame_version_0_packs_fcfi_and_queue_in_one_word)
{
    struct sli4_completion c = decode(SLI4_CQ_WORK, 0x00021100, 0, 0x08000183, 0x98044241);

    cr_assert_eq(c.kind, SLI4_COMPLETION_RECEIVE);
    cr_assert_eq(c.u.receive.status, SLI4_STATUS_RQ_BUF_LEN_EXCEEDED);
    cr_assert_eq(c.u.receive.fcfi, 3);
    cr_assert_eq(c.u.receive.rq_id, 6);
    cr_assert_eq(c.u.receive.bytes, 2048);
}

Test(cqe, a_code_that_nobody_knows_stays_unknown)
{
    struct sli4_completion c = decode(SLI4_CQ_WORK, 0, 0, 0, 0x80770000);

    cr_assert_eq(c.kind, SLI4_COMPLETION_UNKNOWN);
    cr_assert_eq(c.code, 0x77);
}

Test(cqe, the_same_words_mean_a_mailbox_completion_on_the_mailbox_queue)
{
    struct sli4_completion c = decode(SLI4_CQ_MAILBOX, 0x00070003, 0, 0, 0x98000000);

    cr_assert_eq(c.kind, SLI4_COMPLETION_MAILBOX);
    cr_assert_eq(c.u.mailbox.status, SLI4_MCQE_INSUFFICIENT_RESOURCES);
    cr_assert_eq(c.u.mailbox.extended_status, 7);
    cr_assert(c.u.mailbox.completed);
    cr_assert(c.u.mailbox.consumed);
}

Test(cqe, a_link_up_event_at_32_gbit)
{
    struct sli4_cqe cqe = entry(0x20010140, 0x0c800000, 9, 0xc0011000);
    struct sli4_completion c;
    struct sli4_link_event e;

    sli4_cqe_decode(&cqe, SLI4_CQ_MAILBOX, &c);
    cr_assert_eq(c.kind, SLI4_COMPLETION_ASYNC);
    cr_assert_eq(c.u.async.event_code, SLI4_ACQE_FC);
    cr_assert_eq(c.u.async.event_type, SLI4_ACQE_FC_LINK);
    cr_assert(sli4_link_event_decode(&cqe, &e));
    cr_assert_eq(e.attention_type, SLI4_LINK_ATT_UP);
    cr_assert_eq(e.topology, SLI4_TOPO_PT2PT);
    cr_assert_eq(e.gbit, 32);
    cr_assert_eq(e.tag, 9);
    cr_assert_eq(sli4_acqe_fc_link_logical_speed(&cqe), 3200);
}

Test(cqe, other_events_are_no_link_events)
{
    struct sli4_cqe sli = entry(40, 0, 1, 0xc0021100);              /* over temperature, 40 degrees */
    struct sli4_cqe strange = entry(0x20010140, 0, 9, 0xc0051000);  /* FC, type 5 */
    struct sli4_link_event e;

    cr_assert_not(sli4_link_event_decode(&sli, &e));
    cr_assert_not(sli4_link_event_decode(&strange, &e));
}

Test(cqe, the_four_speed_codes_are_kept_apart)
{
    cr_assert_eq(sli4_acqe_speed_gbit(0x10), 16);
    cr_assert_eq(sli4_acqe_speed_gbit(0x0a), 10);
    cr_assert_eq(sli4_acqe_speed_gbit(0x90), 0);
    cr_assert_eq(sli4_topology_speed_gbit(0x90), 32);
    cr_assert_eq(sli4_topology_speed_gbit(0x10), 4);
    cr_assert_eq(sli4_topology_speed_gbit(0x80), 16);
}

Test(cqe, a_completion_made_by_the_driver_reads_like_one_of_the_port)
{
    struct sli4_cqe cqe;

    sli4_cqe_local(&cqe, 0x45, SLI4_STATUS_LOCAL_REJECT, SLI4_REASON_SLI_DOWN);
    cr_assert_eq(le32toh(cqe.word[0]), 0x00450300);
    cr_assert_eq(le32toh(cqe.word[2]), 0x101);
    cr_assert_eq(le32toh(cqe.word[3]), 0x00010000);
    cr_assert_eq(sli4_cqe_reason(&cqe), 0x101);
    cr_assert_not(sli4_cqe_xb(&cqe));
}

Test(names, codes_read_as_the_reference_writes_them)
{
    cr_assert_str_eq(sli4_status_name(0x03), "LOCAL_REJECT");
    cr_assert_str_eq(sli4_reason_name(0x16), "ABORT_REQUESTED");
    cr_assert_str_eq(sli4_reason_name(0x101), "SLI_DOWN");
    cr_assert_str_eq(sli4_wqe_cmnd_name(0x9a), "FCP_IREAD64");
    cr_assert_str_eq(sli4_mbx_name(0x93), "REG_RPI");
    cr_assert_str_eq(sli4_config_op_name(0x0c, 0x03), "POST_SGL_PAGES");
    cr_assert_str_eq(sli4_config_op_name(0x01, 0x0c), "CQ_CREATE");
    cr_assert_str_eq(sli4_cqe_code_name(0x0d), "NVME_ERSP");
    cr_assert_str_eq(sli4_cfg_status_name(0x02), "illegal request");
    cr_assert_str_eq(sli4_acqe_name(0x10), "FC");
}

Test(names, an_mqe_status_made_from_an_mcqe_status_reads_as_that)
{
    cr_assert_str_eq(sli4_mqe_status_name(0x4005), "DMA failed");
    cr_assert_str_eq(sli4_mqe_status_name(0x9f02), "VFI in use");
}

Test(names, a_number_without_a_name_is_unknown)
{
    cr_assert_str_eq(sli4_status_name(0x77), "unknown");
    cr_assert_str_eq(sli4_config_op_name(0x11, 0x01), "unknown");
}
