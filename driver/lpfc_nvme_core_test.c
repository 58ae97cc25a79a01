/* SPDX-License-Identifier: BSD-2-Clause */
/* The NVMe part on the real core and the fake port: what only shows when WQE, SGL pages, XRI states and
 * completion dispatch meet. A WQE with an XRI that is not posted, or busy, is a breach of the fake port. */
#include "driver/core_test.h"

enum { READ = 0x9a, WRITE = 0x98 };

static struct fake_rport *rport;
static void *handle;

static void up(void)
{
    rport = connect_one();
    port->auto_abort = false;
    handle = handle_of(0);
}

static void down(void)
{
    transport->ops.delete_queue(&transport->lport, 0, handle);
    transport->delete_at_once = true;
    lpfc_hba_shut_down(phba);
    finish();
}

static int read_512(unsigned n)
{
    return fake_transport_read(transport, rport, handle, n, 0);
}
static struct fake_request *request(unsigned n)
{
    return &transport->request[n];
}
static struct fake_wqe *outstanding(void)
{
    return fake_port_outstanding(port, 0x9c, 0);
}

static struct lpfc_counters counters(void)
{
    struct lpfc_counters sum;

    lpfc_hba_counters(phba, &sum);
    return sum;
}

/* ---- SGL pages ---- */

Test(pages, a_transfer_of_510_segments_lands_in_order_across_both_pages)
{
    static struct nvmefc_sge sge[510];
    static uint8_t pattern[510 * 8];
    static uint8_t command[96], response[32];
    struct nvmefc_fcp_req req = {.cmdaddr = command,
                                 .rspaddr = response,
                                 .cmdlen = 96,
                                 .rsplen = 32,
                                 .payload_length = sizeof pattern,
                                 .first_sgl = sge,
                                 .sg_cnt = 510,
                                 .io_dir = NVMEFC_FCP_READ,
                                 .done = NULL};
    struct dma_mem memory;

    config.sg_segments = 510;
    up();
    cr_assert_eq(port->ops.dma_alloc(port, 510 * 64, 4096, &memory), 0);
    for (unsigned i = 0; i < 510; i++) {
        sge[i] = (struct nvmefc_sge){.dma = memory.bus + 64 * (509 - i), .length = 8}; /* last first */
        for (unsigned b = 0; b < 8; b++)
            pattern[8 * i + b] = (uint8_t)(i ^ b << 5);
    }
    request(0)->io = req;
    cr_assert_eq(fake_transport_read(transport, rport, handle, 0, memory.bus), 0); /* gives a done() */
    req.done = request(0)->io.done;
    req.rspdma = memory.bus;
    fake_port_complete(port, fake_port_outstanding(port, READ, 0), 0, 0, 512, false);
    run(2);
    req.context = request(0)->io.context;
    request(0)->dones = 0;
    request(0)->io = req;
    cr_assert_eq(transport->ops.fcp_io(&transport->lport, &rport->port, handle, &request(0)->io), 0);
    cr_assert(fake_port_data_in(port, fake_port_outstanding(port, READ, 0), 0, pattern, sizeof pattern));
    for (unsigned i = 0; i < 510; i++)
        cr_assert_arr_eq((uint8_t *)memory.cpu + 64 * (509 - i), pattern + 8 * i, 8, "segment %u", i);
    fake_port_complete(port, fake_port_outstanding(port, READ, 0), 0, 0, sizeof pattern, false);
    run(2);
    cr_assert_eq(request(0)->dones, 1);
    port->ops.dma_free(port, &memory);
    down();
}

Test(pages, of_a_block_that_was_refused_are_never_used)
{
    unsigned sent = 0;

    config.io_xris = 400;
    create();
    fake_port_golden_remote(port);
    port->quiet = true;
    /* Three posts: the ELS share, 254 I/O buffers, the other 146. The third is refused. */
    port->fail_config_status = 3;
    for (unsigned n = 1; n < 100 && !sent; n++) {
        port->fail_mbox_at = n;
        if (lpfc_hba_bring_up(phba) || port->fail_mbox_at)
            continue;
        sent = lpfc_nvme_pool_info(phba).parked;
        if (sent != 146) {
            sent = 0;
            lpfc_hba_shut_down(phba);
        }
    }
    cr_assert_eq(sent, 146);
    cr_assert_eq(lpfc_nvme_pool_info(phba).free, 254);
    port->auto_answer = true;
    run(50);
    rport = fake_transport_rport(transport, 0x20010090fabbbbbb);
    handle = handle_of(0);
    for (sent = 0; sent < 300 && read_512(sent) == 0; sent++)
        ;
    cr_assert_eq(sent, 246, "254 less the reserve");
    for (unsigned i = 0; i < sent; i++)
        fake_port_complete(port, outstanding(), 0, 0, 0, false);
    run(5);
    cr_assert_eq(lpfc_nvme_pool_info(phba).free, 254);
    cr_assert_eq(port->breaches, 0);
    down();
}

/* ---- the life of XRIs ---- */

static void abort_io(unsigned n)
{
    transport->ops.fcp_abort(&transport->lport, &rport->port, handle, &request(n)->io);
}

/* The port's answer to an abort: the command, the abort, XRI_ABORTED; `second`: that twice. */
static void answer_abort(bool second)
{
    struct fake_wqe *command = outstanding(), *abort = fake_port_outstanding(port, 0x0f, 0);

    cr_assert_eq(abort->word[8], command->xri);
    fake_port_complete(port, command, 3, 0x16, 0, true);
    fake_port_complete(port, abort, 0, 0, 0, false);
    fake_port_xri_aborted(port, command->cq_id, command->xri, 0x77, 0, 0);
    if (second)
        fake_port_xri_aborted(port, command->cq_id, command->xri, 0x77, 0, 0);
}

Test(life, aborting_twice_the_pool_with_each_xri_aborted_doubled_loses_nothing)
{
    config.io_xris = 8;
    up();
    port->quiet = true; /* the fake port knows that the second one is wrong */
    for (unsigned i = 0; i < 16; i++) {
        cr_assert_eq(read_512(0), 0, "round %u", i);
        abort_io(0);
        answer_abort(true);
        run(2);
        cr_assert_eq(request(0)->dones, 1);
        run_for(3 * SECOND);
    }
    run_for(12 * SECOND);
    cr_assert_eq(lpfc_nvme_pool_info(phba).free, 8);
    cr_assert_eq(counters().xri_aborted_unknown, 16);
    cr_assert_eq(counters().xri_aborted, 32);
    port->breaches = 0;
    down();
}

Test(life, all_xris_in_quarantine_are_a_delay_of_r_a_tov_and_a_second)
{
    unsigned rounds = 0;

    config.io_xris = 4;
    up();
    for (; rounds < 10 && read_512(0) == 0; rounds++) {
        abort_io(0);
        answer_abort(false);
        run(2);
    }
    cr_assert_eq(rounds, 4);
    cr_assert_eq(read_512(0), -EBUSY);
    run_for(10 * SECOND);
    cr_assert_eq(read_512(0), -EBUSY);
    run_for(2 * SECOND);
    cr_assert_eq(read_512(0), 0);
    fake_port_complete(port, outstanding(), 0, 0, 0, false);
    run(2);
    down();
}

Test(life, an_abts_that_is_not_answered_ends_the_login_and_a_new_one_follows)
{
    struct fake_wqe *command;
    unsigned plogis;

    up();
    plogis = fake_port_els_sent(port, 0x03);
    cr_assert_eq(read_512(0), 0);
    abort_io(0);
    command = outstanding();
    fake_port_complete(port, command, 3, 0x16, 0, true);
    fake_port_complete(port, fake_port_outstanding(port, 0x0f, 0), 0, 0, 0, false);
    fake_port_xri_aborted(port, command->cq_id, command->xri, 0xffff, 3, 2);
    run(2);
    cr_assert_eq(request(0)->dones, 1);
    cr_assert_eq(counters().abts_unanswered, 1);
    run_for(3 * SECOND);
    cr_assert_gt(fake_port_els_sent(port, 0x03), plogis, "PLOGI again");
    cr_assert_eq(fake_transport_online(transport), 1);
    down();
}

Test(life, a_withheld_xri_aborted_is_bounded_by_the_recovery_of_the_login)
{
    struct fake_wqe *command;

    up();
    transport->delete_at_once = false;
    cr_assert_eq(read_512(0), 0);
    abort_io(0);
    command = outstanding();
    fake_port_complete(port, command, 3, 0x16, 0, true);
    fake_port_complete(port, fake_port_outstanding(port, 0x0f, 0), 0, 0, 0, false);
    run_for(40 * SECOND);
    cr_assert_eq(request(0)->dones, 0);
    run_for(20 * SECOND);
    cr_assert_eq(request(0)->dones, 1);
    cr_assert_eq(lpfc_nvme_pool_info(phba).xbusy, 1, "the XRI is still the port's");
    fake_port_xri_aborted(port, command->cq_id, command->xri, 0x77, 0, 0);
    run(2);
    cr_assert_eq(request(0)->dones, 1);
    cr_assert_eq(lpfc_nvme_pool_info(phba).xbusy, 0);
    down();
}

Test(life, a_thousand_reads_of_16_at_a_time_wrap_every_ring)
{
    config.wq_depth = 256;
    up();
    for (unsigned i = 0; i < 1000 / 16; i++) {
        for (unsigned n = 0; n < 16; n++)
            cr_assert_eq(read_512(n), 0);
        for (unsigned n = 0; n < 16; n++)
            fake_port_complete(port, fake_port_outstanding(port, 0x9c, (n * 7 + i) % (16 - n)), 0, 0, 0,
                               false);
        run(2);
        for (unsigned n = 0; n < 16; n++)
            cr_assert_eq(request(n)->dones, 1);
    }
    cr_assert_eq(counters().fcp_nodata, 992);
    cr_assert_eq(counters().wcqe_unknown_tag, 0);
    down();
}
