/* SPDX-License-Identifier: BSD-2-Clause */
/* Transport queues, submit and completion. WQE, SGE and CQE words are literals worked out from sli4-io.md
 * 1.2, 2.8, 3.2 and 3.3. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include "driver/lpfc_nvme_rig.h"

static struct rig_io io, io2;
static void *queue;

static void setup(void)
{
    rig_io(1, 16);
    queue = rig_queue(1);
}

TestSuite(queues, .init = setup, .fini = rig_down);
TestSuite(wqe, .init = setup, .fini = rig_down);
TestSuite(sgl, .init = setup, .fini = rig_down);
TestSuite(submit, .init = setup, .fini = rig_down);
TestSuite(answer, .init = setup, .fini = rig_down);

static struct lpfc_nvme_buf *buf_of(struct rig_io *of)
{
    return of->req.private;
}

static void start(char dir, uint32_t bytes)
{
    rig_io_fill(&io, dir, bytes);
    cr_assert_eq(rig_submit(&io, queue), 0);
}

static struct lpfc_counters counters(void)
{
    struct lpfc_counters sum;

    lpfc_hba_counters(&rig.hba, &sum);
    return sum;
}

/* ---- queues ---- */

Test(queues, admin_and_first_io_queue_share_the_first_hardware_queue_and_the_rest_follow_in_turn)
{
    void *q[5];

    rig_down();
    rig_io(4, 32);
    for (unsigned i = 0; i < 5; i++)
        q[i] = rig_queue(i);
    for (unsigned i = 0; i < 5; i++) {
        rig_io_fill(&io, 'r', 4096);
        cr_assert_eq(rig_submit(&io, q[i]), 0);
        cr_assert_eq(rig_last()->wq, &rig.hdwq[i ? i - 1 : 0].wq);
        rig_cqe(rig_last()->iocbq, 0, 0, 4096, false);
    }
}

Test(queues, a_queue_beyond_the_template_or_without_depth_is_refused)
{
    void *handle;

    cr_assert_eq(rig.ops_given.max_hw_queues, 1);
    cr_assert_eq(lpfc_nvme_create_queue(&rig.lport, 2, 32, &handle), -EINVAL);
    cr_assert_eq(lpfc_nvme_create_queue(&rig.lport, 1, 0, &handle), -EINVAL);
    cr_assert_eq(lpfc_nvme_create_queue(NULL, 1, 32, &handle), -EINVAL);
    cr_assert_eq(lpfc_nvme_create_queue(&rig.lport, 1, 32, NULL), -EINVAL);
}

Test(queues, creation_during_a_reset_is_busy_and_on_a_dead_or_unloading_hba_fails_for_good)
{
    void *handle;

    rig.hba.flushing = true;
    cr_assert_eq(lpfc_nvme_create_queue(&rig.lport, 1, 32, &handle), -EBUSY);
    rig.hba.flushing = false;
    rig.hba.state = LPFC_HBA_DEAD;
    cr_assert_eq(lpfc_nvme_create_queue(&rig.lport, 1, 32, &handle), -ENODEV);
    rig.hba.state = LPFC_HBA_LINK_DOWN;
    cr_assert_eq(lpfc_nvme_create_queue(&rig.lport, 1, 32, &handle), 0);
    rig.hba.unloading = true;
    cr_assert_eq(lpfc_nvme_create_queue(&rig.lport, 1, 32, &handle), -ENODEV);
}

Test(queues, a_second_delete_is_reported_and_harms_nothing)
{
    unsigned logs = rig.logs;

    lpfc_nvme_delete_queue(&rig.lport, 1, queue);
    cr_assert_eq(lpfc_nvme_pool_info(&rig.hba).handles, 0);
    cr_assert_eq(rig.logs, logs);
    lpfc_nvme_delete_queue(&rig.lport, 1, queue);
    cr_assert_eq(rig.logs, logs + 1);
    lpfc_nvme_delete_queue(&rig.lport, 1, NULL);
    cr_assert_eq(rig.logs, logs + 2);
    rig_io_fill(&io, 'r', 512);
    cr_assert_eq(rig_submit(&io, queue), -EINVAL, "a closed handle takes no command");
}

Test(queues, a_handle_deleted_under_the_number_of_another_queue_stays_open)
{
    lpfc_nvme_delete_queue(&rig.lport, 0, queue);
    cr_assert_eq(lpfc_nvme_pool_info(&rig.hba).handles, 1);
}

/* ---- WQE ---- */

static void check_words(const uint32_t expected[32])
{
    for (unsigned i = 0; i < 32; i++)
        cr_assert_eq(rig_last()->word[i], expected[i], "word %u is %08x, not %08x", i, rig_last()->word[i],
                     expected[i]);
}

/* Words 16 to 29 of a command IU whose byte n is n. */
#define EMBEDDED \
    0x07060504, 0x0b0a0908, 0x0f0e0d0c, 0x13121110, 0x1b1a1918, 0x1f1e1d1c, 0x43424140, 0x47464544, \
        0x4b4a4948, 0x4f4e4d4c, 0x53525150, 0x57565554, 0x5b5a5958, 0x5f5e5d5c, 0, 0

Test(wqe, a_read_has_the_words_of_the_reference)
{
    start('r', 4096);
    cr_assert_eq(buf_of(&io)->cur_iocbq.xri, 0x110);
    cr_assert_eq(buf_of(&io)->cur_iocbq.iotag, 1);
    check_words((uint32_t[32]){0x01000038, 64, 0, 128, 4096, 0, 0x00200110, 0x00229a00, 1, 1, 0x0000a190,
                               0xffff0000, 0, 0, 0, 0, EMBEDDED});
}

Test(wqe, a_write_has_the_words_of_the_reference)
{
    start('w', 8192);
    check_words((uint32_t[32]){0x01000038, 64, 0, 128, 8192, 0, 0x00200110, 0x00229800, 1, 1, 0x00008190,
                               0xffff0001, 0, 0, 0, 0, EMBEDDED});
}

Test(wqe, a_command_without_data_has_the_words_of_the_reference)
{
    start('n', 0);
    check_words((uint32_t[32]){0x01000038, 64, 0, 128, 0, 0, 0x00200110, 0x00029c00, 1, 1, 0x00008210,
                               0xffff0000, 0, 0, 0, 0, EMBEDDED});
}

Test(wqe, a_buffer_used_for_a_write_leaves_nothing_of_it_in_the_read_that_follows)
{
    rig_down();
    rig_io(1, 1);
    queue = rig_queue(0);
    rig.node[0].first_burst_bytes = 65536;
    start('w', 8192);
    rig_cqe(rig_last()->iocbq, 0, 0, 8192, false);
    start('n', 0);
    rig_cqe(rig_last()->iocbq, 0, 0, 0, false);
    start('r', 4096);
    check_words((uint32_t[32]){0x01000038, 64, 0, 128, 4096, 0, 0x00200110, 0x00229a00, 1, 1, 0x0000a190,
                               0xffff0000, 0, 0, 0, 0, EMBEDDED});
}

Test(wqe, the_first_burst_is_the_smaller_of_payload_and_negotiated_size_and_only_of_writes)
{
    rig.node[0].first_burst_bytes = 65536;
    start('w', 8192);
    cr_assert_eq(rig_last()->word[5], 8192);
    start('w', 131072);
    cr_assert_eq(rig_last()->word[5], 65536);
    start('r', 131072);
    cr_assert_eq(rig_last()->word[5], 0);
}

Test(wqe, a_port_that_cannot_embed_gets_a_pointer_to_the_command)
{
    uint32_t *sgl;

    rig_down();
    rig_up(1, 32);
    rig.hba.limits.embedded_command = false;
    rig.hba.config.io_xris = 8;
    cr_assert_eq(lpfc_nvme_create_localport(&rig.hba.vport), 0);
    cr_assert_eq(lpfc_nvme_register_remoteport(&rig.node[0]), 0);
    queue = rig_queue(0);
    rig_io_fill(&io, 'r', 4096);
    io.req.cmddma = 0x1234567000;
    cr_assert_eq(rig_submit(&io, queue), 0);
    check_words((uint32_t[32]){0x00000060, 0x34567000, 0x12, 128, 4096, 0, 0x00200110, 0x00229a00, 1, 1,
                               0x00006190, 0xffff0000});
    sgl = buf_of(&io)->sgl.cpu;
    cr_assert_eq(sgl[0], 0x12);
    cr_assert_eq(sgl[1], 0x34567000);
    cr_assert_eq(sgl[2], 0x60000000);
    cr_assert_eq(sgl[3], 96);
}

Test(wqe, the_command_functions_check_what_they_are_given)
{
    struct lpfc_nvme_buf *buf;

    start('r', 4096);
    buf = buf_of(&io);
    cr_assert_eq(lpfc_nvme_prep_io_cmd(&rig.hba.vport, buf, &rig.node[0]), 0);
    cr_assert_eq(lpfc_nvme_prep_io_cmd(&rig.hba.vport, buf, NULL), -EINVAL);
    rig.node[0].rpi_registered = false;
    cr_assert_eq(lpfc_nvme_prep_io_cmd(&rig.hba.vport, buf, &rig.node[0]), -EINVAL);
    rig.node[0].rpi_registered = true;
    io.req.io_dir = 3;
    cr_assert_eq(lpfc_nvme_prep_io_cmd(&rig.hba.vport, buf, &rig.node[0]), -EINVAL);
    io.req.io_dir = NVMEFC_FCP_READ;
    cr_assert_eq(lpfc_nvme_prep_io_dma(&rig.hba.vport, buf), 0);
}

/* ---- SGL ---- */

static void check_sge(unsigned n, uint32_t hi, uint32_t lo, uint32_t flags, uint32_t bytes)
{
    const uint32_t *sge = (const uint32_t *)buf_of(&io)->sgl.cpu + 4 * n;

    cr_assert(sge[0] == hi && sge[1] == lo && sge[2] == flags && sge[3] == bytes,
              "entry %u is %08x %08x %08x %08x", n, sge[0], sge[1], sge[2], sge[3]);
}

Test(sgl, command_is_skipped_response_and_one_segment_follow)
{
    start('r', 4096);
    check_sge(0, 0, 0, 0x60000000, 96);
    check_sge(1, 0, 0x5000a000, 0, 32);
    check_sge(2, 0x1234, 0x56789000, 0x80000000, 4096);
}

Test(sgl, without_data_the_response_is_the_last_entry)
{
    start('n', 0);
    check_sge(0, 0, 0, 0x60000000, 96);
    check_sge(1, 0, 0x5000a000, 0x80000000, 32);
}

Test(sgl, the_last_bit_moves_with_the_number_of_segments_on_the_same_buffer)
{
    rig_down();
    rig_io(1, 1);
    queue = rig_queue(0);
    start('r', 4096);
    rig_cqe(rig_last()->iocbq, 0, 0, 4096, false);
    rig_io_fill(&io, 'w', 3 * 4096);
    for (unsigned i = 0; i < 3; i++)
        io.sge[i] = (struct nvmefc_sge){.dma = 0x10000 * (i + 1), .length = 4096};
    io.req.sg_cnt = 3;
    cr_assert_eq(rig_submit(&io, queue), 0);
    check_sge(1, 0, 0x5000a000, 0, 32);
    check_sge(2, 0, 0x10000, 0, 4096);
    check_sge(3, 0, 0x20000, 4096, 4096);
    check_sge(4, 0, 0x30000, 0x80000000 | 8192, 4096);
}

Test(sgl, segments_of_mapped_lengths_make_up_the_payload)
{
    rig_io_fill(&io, 'r', 512 + 1048576 + 100);
    io.sge[0].length = 512;
    io.sge[1] = (struct nvmefc_sge){.dma = 0xffffffff00000000, .length = 1048576}; /* merged by an IOMMU */
    io.sge[2] = (struct nvmefc_sge){.dma = 3, .length = 100};
    io.req.sg_cnt = 3;
    cr_assert_eq(rig_submit(&io, queue), 0);
    check_sge(2, 0x1234, 0x56789000, 0, 512);
    check_sge(3, 0xffffffff, 0, 512, 1048576);
    check_sge(4, 0, 3, 0x80000000 | (512 + 1048576), 100);
}

static void many_segments(char dir, unsigned count)
{
    rig_io_fill(&io, dir, count * 4096);
    for (unsigned i = 0; i < count && i < 512; i++)
        io.sge[i] = (struct nvmefc_sge){.dma = 0x100000 + 0x1000 * i, .length = 4096};
    io.req.sg_cnt = (uint16_t)count;
}

Test(sgl, one_page_takes_254_segments_and_no_more)
{
    cr_assert_eq(rig.ops_given.max_sgl_segments, 254);
    many_segments('w', 254);
    cr_assert_eq(rig_submit(&io, queue), 0);
    check_sge(255, 0, 0x100000 + 0x1000 * 253, 0x80000000 | 253 * 4096, 4096);
    many_segments('w', 255);
    cr_assert_eq(rig_submit(&io, queue), -EINVAL);
}

Test(sgl, two_pages_hold_256_and_256_entries_for_510_segments)
{
    rig_down();
    rig_up(1, 32);
    rig.hba.config.sg_segments = 600; /* more than two pages take */
    rig.hba.config.io_xris = 4;
    cr_assert_eq(lpfc_nvme_create_localport(&rig.hba.vport), 0);
    cr_assert_eq(lpfc_nvme_register_remoteport(&rig.node[0]), 0);
    cr_assert_eq(rig.ops_given.max_sgl_segments, 510);
    queue = rig_queue(0);
    many_segments('r', 510);
    cr_assert_eq(rig_submit(&io, queue), 0);
    /* The pages lie one behind the other and are posted as page 0 and page 1. */
    cr_assert_eq(rig.mbox[0].page[5 + 2], rig.mbox[0].page[5] + 4096);
    check_sge(255, 0, 0x100000 + 0x1000 * 253, 253 * 4096, 4096);           /* last of page 0 */
    check_sge(256, 0, 0x100000 + 0x1000 * 254, 254 * 4096, 4096);           /* first of page 1 */
    check_sge(511, 0, 0x100000 + 0x1000 * 509, 0x80000000 | 509 * 4096, 4096);
    many_segments('r', 510);
    io.req.sg_cnt = 511;
    cr_assert_eq(rig_submit(&io, queue), -EINVAL);
}

Test(sgl, a_port_with_one_sgl_page_keeps_the_limit_at_254)
{
    rig_down();
    rig_up(1, 32);
    rig.hba.config.sg_segments = 510;
    rig.hba.limits.sgl_pages = 1;
    cr_assert_eq(lpfc_nvme_create_localport(&rig.hba.vport), 0);
    cr_assert_eq(rig.ops_given.max_sgl_segments, 254);
}

/* Refused with -EINVAL: nothing is sent, nothing leaks, the request is as before. */
static void refused(const char *what)
{
    unsigned wqes = rig.wqes;

    cr_assert_eq(rig_submit(&io, queue), -EINVAL, "%s", what);
    cr_assert_eq(rig.wqes, wqes, "%s", what);
    cr_assert_eq(lpfc_nvme_pool_info(&rig.hba).free, 16, "%s", what);
    cr_assert_eq(rig.node[0].pending, 0, "%s", what);
    cr_assert_null(io.req.private, "%s", what);
    cr_assert_eq(io.done, 0, "%s", what);
}

Test(sgl, lengths_that_do_not_fit_are_refused_and_nothing_leaks)
{
    rig_io_fill(&io, 'r', 4096);
    io.sge[0].length = 4095;
    refused("segments shorter than the payload");
    io.sge[0].length = 4097;
    refused("segments longer than the payload");
    rig_io_fill(&io, 'r', 4096);
    io.req.sg_cnt = 2;
    refused("a segment of length 0");
    rig_io_fill(&io, 'r', 4096);
    io.req.sg_cnt = 0;
    refused("payload without segments");
    rig_io_fill(&io, 'r', 0);
    refused("a read of nothing");
    rig_io_fill(&io, 'n', 4096);
    refused("data without direction");
    rig_io_fill(&io, 'n', 0);
    io.req.sg_cnt = 1;
    refused("a segment without data");
    rig_io_fill(&io, 'r', 4096);
    io.req.cmdlen = 64;
    refused("a command of 64 bytes");
    rig_io_fill(&io, 'r', 4096);
    io.req.rsplen = 31;
    refused("a response buffer of 31 bytes");
    rig_io_fill(&io, 'r', 4096);
    io.req.io_dir = 3;
    refused("a direction that does not exist");
    rig_io_fill(&io, 'r', 1 << 27);
    refused("128 MiB: the offset has 27 bits");
    rig_io_fill(&io, 'r', 4096);
    rig.hba.nvme->most_bytes = 4095;
    refused("a segment longer than the port's limit");
    io.sge[0].length = io.sge[1].length = 2048;
    io.req.sg_cnt = 2;
    rig.hba.nvme->most_bytes = 2047;
    refused("two segments longer than the port's limit");
}

Test(sgl, the_ports_limit_of_a_segment_is_kept)
{
    rig_down();
    rig_up(1, 32);
    rig.hba.limits.max_sge_bytes = 65536;
    cr_assert_eq(lpfc_nvme_create_localport(&rig.hba.vport), 0);
    cr_assert_eq(rig.hba.nvme->most_bytes, 65536);
    cr_assert_eq(rig.ops_given.max_sge_bytes, 65536);
}

Test(sgl, a_transfer_of_128_mib_less_one_is_accepted)
{
    start('r', (1 << 27) - 1);
    check_sge(2, 0x1234, 0x56789000, 0x80000000, (1 << 27) - 1);
}

/* ---- submit ---- */

Test(submit, what_is_missing_or_out_already_is_invalid)
{
    rig_io_fill(&io, 'r', 4096);
    cr_assert_eq(lpfc_nvme_fcp_io_submit(NULL, &rig.rport[0], queue, &io.req), -EINVAL);
    cr_assert_eq(lpfc_nvme_fcp_io_submit(&rig.lport, NULL, queue, &io.req), -EINVAL);
    cr_assert_eq(lpfc_nvme_fcp_io_submit(&rig.lport, &rig.rport[0], NULL, &io.req), -EINVAL);
    cr_assert_eq(lpfc_nvme_fcp_io_submit(&rig.lport, &rig.rport[0], queue, NULL), -EINVAL);
    io.req.done = NULL;
    cr_assert_eq(rig_submit(&io, queue), -EINVAL);
    start('r', 4096);
    cr_assert_eq(rig_submit(&io, queue), -EINVAL, "it is out");
    cr_assert_eq(rig.wqes, 1);
}

/* Refused with -EBUSY and nothing kept; with the condition gone the same request goes out. */
static void busy_until(const char *what)
{
    cr_assert_eq(rig_submit(&io, queue), -EBUSY, "%s", what);
    cr_assert_null(io.req.private, "%s", what);
    cr_assert_eq(lpfc_nvme_pool_info(&rig.hba).free, 16, "%s", what);
    cr_assert_eq(rig.node[0].pending, 0, "%s", what);
}

Test(submit, every_temporary_condition_is_busy_and_passes)
{
    rig_io_fill(&io, 'r', 4096);
    rig.node[0].state = LPFC_NODE_NPR;
    busy_until("node in recovery");
    rig.node[0].state = LPFC_NODE_MAPPED;
    rig.node[0].rport_online = false;
    busy_until("not online with the transport");
    rig.node[0].rport_online = true;
    rig.rport[0].port_state = NVME_FC_LOST;
    rig.node[0].state = LPFC_NODE_NPR;
    busy_until("within device loss time");
    rig.node[0].state = LPFC_NODE_MAPPED;
    rig.rport[0].port_state = NVME_FC_ONLINE;
    rig.rport_private[0].ndlp = NULL;
    busy_until("node forgotten, delete callback outstanding");
    rig.rport_private[0].ndlp = &rig.node[0];
    rig.hba.flushing = true;
    busy_until("reset running");
    rig.hba.flushing = false;
    rig_fill(0, true);
    busy_until("ring full");
    rig_fill(0, false);
    cr_assert_eq(rig_submit(&io, queue), 0);
    cr_assert_eq(counters().wqfull, 1);
    cr_assert_eq(counters().nondlp, 4);
}

Test(submit, what_is_gone_for_good_is_no_device)
{
    rig_io_fill(&io, 'r', 4096);
    rig.hba.unloading = true;
    rig.node[0].rport_online = false;             /* what unloading does first */
    cr_assert_eq(rig_submit(&io, queue), -ENODEV);
    rig.hba.unloading = false;
    rig.rport_private[0].ndlp = NULL;
    rig.rport[0].port_state = NVME_FC_DELETED;
    cr_assert_eq(rig_submit(&io, queue), -ENODEV);
    rig.rport[0].port_state = NVME_FC_ONLINE;
    rig.hba.state = LPFC_HBA_DEAD;
    cr_assert_eq(rig_submit(&io, queue), -ENODEV);
    rig.hba.state = LPFC_HBA_LINK_UP;
    cr_assert_eq(rig_submit(&io, queue), -EBUSY);
    rig.lport_private.vport = NULL;
    cr_assert_eq(rig_submit(&io, queue), -ENODEV, "cut off from the driver");
}

Test(submit, the_queue_depth_holds_commands_back_but_no_keep_alive)
{
    static struct rig_io third;

    rig.hba.config.queue_depth = 1;
    start('r', 4096);
    rig_io_fill(&io2, 'r', 4096);
    cr_assert_eq(rig_submit(&io2, queue), -EBUSY);
    cr_assert_eq(counters().qdepth, 1);
    rig_io_fill(&third, 'n', 0);
    third.req.expedite = 1;
    cr_assert_eq(rig_submit(&third, queue), 0);
    cr_assert_eq(rig.node[0].pending, 2);
    rig_cqe(&buf_of(&io)->cur_iocbq, 0, 0, 4096, false);
    rig_cqe(&buf_of(&third)->cur_iocbq, 0, 0, 0, false);
    cr_assert_eq(rig.node[0].pending, 0);
    cr_assert_eq(rig_submit(&io2, queue), 0);
}

Test(submit, without_a_buffer_it_is_busy_until_one_comes_back)
{
    static struct rig_io many[16];
    unsigned sent = 0;

    for (; sent < 16; sent++) {
        rig_io_fill(&many[sent], 'r', 4096);
        if (rig_submit(&many[sent], queue))
            break;
    }
    cr_assert_eq(sent, 14, "16 less the reserve of an eighth");
    cr_assert_eq(rig_submit(&many[14], queue), -EBUSY);
    cr_assert_eq(counters().noxri, 2);
    rig_cqe(&buf_of(&many[5])->cur_iocbq, 0, 0, 4096, false);
    cr_assert_eq(rig_submit(&many[14], queue), 0);
    rig_io_fill(&many[15], 'r', 4096);
    cr_assert_eq(rig_submit(&many[15], queue), -EBUSY);
}

Test(submit, a_keep_alive_uses_the_reserve_and_its_buffer_returns_there)
{
    static struct rig_io many[17];

    for (unsigned i = 0; i < 14; i++) {
        rig_io_fill(&many[i], 'r', 4096);
        cr_assert_eq(rig_submit(&many[i], queue), 0);
    }
    for (unsigned i = 14; i < 17; i++) {
        rig_io_fill(&many[i], 'n', 0);
        many[i].req.expedite = 1;
        cr_assert_eq(rig_submit(&many[i], queue), i < 16 ? 0 : -EBUSY);
    }
    cr_assert_eq(counters().reserve, 2);
    rig_cqe(&buf_of(&many[14])->cur_iocbq, 0, 0, 0, false);
    rig_io_fill(&io, 'r', 4096);
    cr_assert_eq(rig_submit(&io, queue), -EBUSY, "the reserve is for keep-alives alone");
    cr_assert_eq(rig_submit(&many[16], queue), 0);
}

Test(submit, submits_are_counted_by_direction)
{
    start('r', 1);
    start('w', 1);
    start('w', 1);
    start('n', 0);
    cr_assert_eq(counters().fcp_rd, 1);
    cr_assert_eq(counters().fcp_wr, 2);
    cr_assert_eq(counters().fcp_nodata, 1);
}

/* ---- completion ---- */

static void complete(const uint32_t word[4])
{
    struct lpfc_iocbq *iocbq = rig_last()->iocbq;

    cr_assert(rig_complete(iocbq, word));
}

static void check_answer(int status, uint32_t transferred, unsigned rsplen)
{
    cr_assert_eq(io.done, 1);
    cr_assert_not(io.lock_held);
    cr_assert_null(io.req.private);
    cr_assert_eq(io.req.status, status, "status %d", io.req.status);
    cr_assert_eq(io.req.transferred_length, transferred);
    cr_assert_eq(io.req.rcv_rsplen, rsplen);
    cr_assert_eq(lpfc_nvme_pool_info(&rig.hba).free, 16);
    cr_assert_eq(rig.node[0].pending, 0);
    for (unsigned i = 0; i < 32; i++)
        cr_assert(io.guard0[i] == 0xa5 && io.guard1[i] == 0xa5, "a byte beside the response was written");
}

Test(answer, a_good_response_reports_the_bytes_placed)
{
    start('r', 4096);
    complete((uint32_t[4]){0x00010000, 4096, 0, 0x80010000});
    check_answer(0, 4096, 0);
    cr_assert_eq(counters().fcp_cmpl, 1);
    cr_assert_eq(counters().fcp_err, 0);
}

Test(answer, a_short_good_response_shows_its_length_to_the_transport)
{
    start('r', 4096);
    complete((uint32_t[4]){0x00010000, 512, 0, 0x80010000});
    check_answer(0, 512, 0);
}

Test(answer, an_underrun_or_overrun_of_the_hardware_is_an_error)
{
    for (uint32_t hw = 1; hw <= 2; hw++) {
        start('r', 4096);
        complete((uint32_t[4]){0x00010000 | hw, 4096, 0, 0x80010000});
        check_answer(-EIO, 0, 0);
    }
    cr_assert_eq(counters().fcp_proto, 2);
}

Test(answer, a_compressed_ersp_is_rebuilt_byte_for_byte)
{
    static const uint8_t expected[32] = {
        0x00, 0x00, 0x00, 0x08,                     /* result, reserved, length in words */
        0x11, 0x22, 0x33, 0x44,                     /* RSN, wire order */
        0x00, 0x00, 0x20, 0x00,                     /* 8192 bytes transferred */
        0x00, 0x00, 0x00, 0x00, 0x0d, 0x0c, 0x0b, 0x0a,                     /* result, little-endian */
        0xef, 0xbe, 0x00, 0x00, 0x34, 0x12,                                 /* SQ head */
        0x07, 0x00,                                 /* SQ id */
        0x1a, 0x1b,                                 /* command id: bytes 26 and 27 of the command IU */
        0x00, 0x00,
    };

    start('r', 8192);
    io.req.sqid = htole16(7);
    memset(io.rsp, 0xff, sizeof io.rsp);
    complete((uint32_t[4]){0x0001beef, 0x0a0b0c0d, 0x44332211, 0x800d1234});
    check_answer(0, 8192, 32);
    cr_assert_arr_eq(io.rsp, expected, 32);
    cr_assert_eq(counters().fcp_ersp, 1);
}

Test(answer, an_ersp_in_memory_is_success_whatever_it_says)
{
    start('r', 4096);
    io.rsp[3] = 8;
    io.rsp[30] = 0x04; /* an NVMe error */
    complete((uint32_t[4]){0x00010100, 1024, 32, 0x80010000});
    check_answer(0, 1024, 32);
    cr_assert_eq(io.rsp[30], 0x04);
    cr_assert_eq(counters().fcp_ersp, 1);
}

Test(answer, a_response_of_any_other_length_is_a_protocol_error)
{
    static const uint32_t lengths[] = {0, 11, 12, 13, 24, 31, 33, 128, 0xffff, 0x10000 + 32, 0xffffffff};

    for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        start('r', 4096);
        io.rsp[3] = 8;
        complete((uint32_t[4]){0x00010100, 4096, lengths[i], 0x80010000});
        check_answer(-EIO, 0, 0);
    }
    cr_assert_eq(counters().fcp_proto, 11);
}

Test(answer, an_ersp_whose_length_field_is_not_8_words_is_a_protocol_error)
{
    static const uint8_t fields[][2] = {{0, 0}, {0, 7}, {0, 9}, {8, 0}, {1, 8}};

    for (unsigned i = 0; i < 5; i++) {
        start('r', 4096);
        io.rsp[2] = fields[i][0];
        io.rsp[3] = fields[i][1];
        complete((uint32_t[4]){0x00010100, 4096, 32, 0x80010000});
        check_answer(-EIO, 0, 0);
    }
}

Test(answer, local_rejects_are_told_apart)
{
    static const struct {
        uint32_t parameter;
        int error;
    } cases[] = {
        {0x16, -ECANCELED},    {0x25, -ECANCELED},    {0x15, -ECANCELED},
        {0x103, -ECANCELED},   {0x04, -ENODEV},       {0x09, -ENODEV},
        {0x1a, -ENODEV},       {0x2e, -ENODEV},       {0x101, -ENODEV},
        {0x02, -ETIMEDOUT},    {0x05, -EIO},          {0x11, -EIO},
        {0x32, -EIO},          {0x42, -EIO},          {0, -EIO},
        {0xabcd0009, -ENODEV}, {0x0000011a, -ENODEV}, {0xffffff16, -ECANCELED}, /* bits above the reason */
    };

    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        start('r', 4096);
        complete((uint32_t[4]){0x00010300, 4096, cases[i].parameter, 0x80010000});
        check_answer(cases[i].error, 0, 0);
    }
    cr_assert_eq(counters().fcp_err, 18);
}

Test(answer, every_other_status_is_an_io_error)
{
    for (uint32_t status = 2; status < 0x100; status++) {
        if (status == 3)
            continue;
        start('r', 4096);
        complete((uint32_t[4]){0x00010000 | status << 8, 4096, 0, 0x80010000});
        check_answer(-EIO, 0, 0);
    }
}

Test(answer, a_second_completion_has_no_effect)
{
    struct lpfc_wcqe_complete again = {{{0x00010000, 4096, 0, 0x80010000}}};
    struct lpfc_iocbq *iocbq;

    start('r', 4096);
    iocbq = rig_last()->iocbq;
    complete((uint32_t[4]){0x00010000, 4096, 0, 0x80010000});
    lpfc_nvme_io_cmd_wqe_cmpl(&rig.hba, iocbq, &again);
    check_answer(0, 4096, 0);
    cr_assert_eq(counters().wcqe_unknown_tag, 1);
    cr_assert_eq(counters().fcp_cmpl, 1);
}

static void submit_again(struct rig_io *ended)
{
    ended->then = NULL;
    rig_io_fill(&io2, 'r', 4096);
    cr_assert_eq(rig_submit(&io2, queue), 0);
}

Test(answer, done_finds_the_buffer_free_again)
{
    rig_down();
    rig_io(1, 1);
    queue = rig_queue(0);
    start('r', 4096);
    io.then = submit_again;
    complete((uint32_t[4]){0x00010000, 4096, 0, 0x80010000});
    cr_assert_eq(io.done, 1);
    cr_assert_eq(rig.wqes, 2);
    cr_assert_not_null(io2.req.private);
    rig_cqe(&buf_of(&io2)->cur_iocbq, 0, 0, 4096, false);
    cr_assert_eq(io2.done, 1);
}

Test(answer, a_thousand_commands_go_round_every_buffer)
{
    uint8_t used[64] = {0};

    for (unsigned i = 0; i < 1000; i++) {
        start("rwn"[i % 3], i % 3 == 2 ? 0 : 4096);
        used[buf_of(&io)->cur_iocbq.xri - 0x110]++;
        complete((uint32_t[4]){0x00010000, i % 3 == 2 ? 0 : 4096, 0, 0x80010000});
    }
    for (unsigned i = 0; i < 14; i++)
        cr_assert_geq(used[i], 71, "buffers are used in turn");
    cr_assert_eq(lpfc_nvme_pool_info(&rig.hba).free, 16);
}
