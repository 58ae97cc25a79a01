/* SPDX-License-Identifier: BSD-2-Clause */
/* Bring-up, its failures, shutdown. Expectations are from sli4-port.md 5.1, 5.3, 6 and 9.1. */
#include "driver/core_test.h"

/* Everything that bring-up sends through the bootstrap mailbox, in order, with one hardware queue. */
static const uint32_t ladder[] = {
    0x11,     0x0b,     0x9b01b5, 0x9d,     0x9b013a, 0x9b014d, 0x9b0120, 0x8d, /* who and what the port is */
    0x9b010d, /* EQ */
    0x9b010c, 0x9b0c01, /* I/O CQ, WQ */
    0x9b010c, 0x9b015a, /* mailbox CQ, MQ */
    0x9b010c, 0x9b0c01, 0x9b010c, 0x9b0c01, /* ELS and LS: CQ, WQ */
    0x9b0c05, 0x9b0c05, /* RQ pair */
    0x9b0c03, /* SGLs of 100 ELS XRIs */
    0xa0, /* REG_FCFI */
    0x9b0c03, 0x9b0c03, 0x9b0c03, 0x9b0c03, /* SGLs of 924 I/O XRIs, 254 a command */
    0x05, /* INIT_LINK */
};
enum { LADDER = sizeof ladder / sizeof *ladder };

Test(bring_up, sends_its_commands_in_the_order_of_the_reference)
{
    create();
    port->auto_link = false;
    bring_up();
    cr_assert_eq(port->mbox_count, LADDER);
    for (unsigned i = 0; i < LADDER; i++) {
        cr_assert_eq(port->mbox[i].op, ladder[i], "command %u is %#x", i, port->mbox[i].op);
        cr_assert(port->mbox[i].bootstrap);
    }
    cr_assert_eq(phba->state, LPFC_HBA_LINK_DOWN);
    cr_assert_eq(port->resets, 1);
    finish();
}

static unsigned traced_names, traced_posts, traced_nameless;

static void count_traced(void *context, const struct trace_event *event)
{
    (void)context;
    traced_names += event->b == 0x9b0120;
    traced_posts += event->b == 0x9b0c03;
    traced_nameless += event->b == 0x9b0000;
}

Test(bring_up, commands_whose_header_lies_outside_are_traced_by_their_opcode)
{
    static const struct trace_sink sink = {
        .event = count_traced, .wanted = TRACE_BIT(TRACE_MBX_REQUEST) | TRACE_BIT(TRACE_MBX_RESPONSE)};

    create();
    port->platform.trace = &sink;
    bring_up();
    cr_assert_eq(traced_names, 2, "GET_CNTL_ATTRIBUTES and its answer: %u", traced_names);
    cr_assert(traced_posts >= 2 && traced_posts % 2 == 0, "POST_SGL_PAGES and answers: %u", traced_posts);
    cr_assert_eq(traced_nameless, 0);
    finish();
}

Test(bring_up, asks_for_what_the_reference_asks_for)
{
    create();
    port->auto_link = false;
    bring_up();
    cr_assert_eq(fake_port_mbox(port, 0x9d, 0)->word[2], 0x810); /* FCPI, PERFH */
    cr_assert_eq(fake_port_mbox(port, 0x05, 0)->word[2], 0x2); /* point-to-point or fabric, auto speed */
    cr_assert_eq(fake_port_mbox(port, 0x05, 0)->word[3], 0);
    cr_assert_eq(fake_port_mbox(port, 0xa0, 0)->word[2], 0x0000ffff | (uint32_t)port->rq[0].id << 16);
    cr_assert_eq(fake_port_mbox(port, 0xa0, 0)->word[4], 0); /* every frame */
    cr_assert_eq(fake_port_mbox(port, 0x9b015a, 0)->word[11] & 0x30000, 0x30000); /* FC and SLI events */
    cr_assert_eq(port->wq[0].entry_bytes, 128);
    cr_assert_eq(port->wq[0].depth, 256);
    cr_assert_eq(port->cq[0].depth, 1024);
    cr_assert_eq(port->rq[0].buffer_bytes, 128);
    cr_assert_eq(port->rq[1].buffer_bytes, 2048);
    cr_assert_eq(port->rq[0].credit, 64);
    finish();
}

Test(bring_up, takes_the_limits_that_the_port_reports)
{
    create();
    port->xri_count = 300;
    port->rpi_count = 40;
    port->auto_link = false;
    bring_up();
    cr_assert_eq(phba->limits.xri_count, 300);
    cr_assert_eq(phba->limits.rpi_count, 40);
    cr_assert_eq(phba->config.els_xris, 50); /* sli4-port.md 5.3: 257 to 512 */
    cr_assert_eq(phba->config.io_xris, 250);
    cr_assert_str_eq(phba->limits.model, "LPe32000-M2");
    cr_assert_str_eq(phba->limits.firmware_name, "12.8.542.25");
    cr_assert_eq(phba->limits.port_letter, '0');
    cr_assert_eq(phba->vport.wwpn, 0x10000090fa123456);
    cr_assert_eq(phba->vport.wwnn, 0x20000090fa123456);
    finish();
}

Test(bring_up, uses_ids_from_the_base_that_the_port_reports)
{
    create();
    port->xri_base = 0x200;
    port->rpi_base = 0x40;
    port->vpi_base = 3;
    port->vfi_base = 5;
    fake_port_golden_remote(port);
    bring_up();
    cr_assert_eq(fake_port_fetched(port, 0x8a, 0)->xri, 0x200);
    cr_assert_eq(fake_port_mbox(port, 0x9f, 0)->word[1] & 0xffff, 5);
    cr_assert_eq(fake_port_mbox(port, 0x96, 0)->word[6], 5u << 16 | 3);
    cr_assert_eq(port->rpi_state[0x40 + 1], FAKE_RPI_REGISTERED); /* 0x40 went to FLOGI */
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(bring_up, works_with_queue_ids_that_need_all_bits_of_the_doorbells)
{
    create();
    port->first_eq_id = 0x1fe;
    port->first_cq_id = 0x3fd;
    port->first_wq_id = 0x7ffe;
    port->first_mq_id = 0x7f;
    port->first_rq_id = 0xfe;
    config.io_queues = 4;
    fake_port_golden_remote(port);
    lpfc_hba_destroy(phba);
    cr_assert_eq(lpfc_hba_create(&port->platform, (void *)transport, &config, &phba), 0);
    bring_up();
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(bring_up, makes_a_hardware_queue_for_each_vector_that_is_granted)
{
    config.io_queues = 8;
    create();
    port->vectors = 3;
    bring_up();
    cr_assert_eq(phba->hdwq_count, 3);
    cr_assert_eq(port->eqs, 3);
    cr_assert_eq(port->cqs, 6);
    cr_assert_eq(port->wqs, 5);
    finish();
}

Test(bring_up, reduces_its_queues_to_what_the_port_has)
{
    config.io_queues = 8;
    create();
    port->cq_count = 8;
    port->wq_count = 6;
    bring_up();
    cr_assert_eq(phba->hdwq_count, 4);
    finish();
}

Test(bring_up, makes_queues_of_no_more_pages_than_the_port_takes)
{
    create();
    port->sli4_params[8] = (port->sli4_params[8] & ~0xfu) | 2;
    fake_port_golden_remote(port);
    bring_up();
    for (unsigned i = 0; i < port->wqs; i++)
        cr_assert_leq(port->wq[i].pages, 2);
    for (unsigned i = 0; i < port->cqs; i++)
        cr_assert_leq(port->cq[i].pages, 2);
    cr_assert_eq(port->wq[0].depth, 64);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

Test(bring_up, polls_when_no_interrupt_is_granted)
{
    create();
    port->vectors = 0;
    fake_port_golden_remote(port);
    bring_up();
    cr_assert_not(phba->irqs);
    cr_assert_eq(fake_transport_online(transport), 1);
    finish();
}

/* ---- failures ---- */

static void fails_and_works_afterwards(const char *what, unsigned n)
{
    cr_assert_neq(lpfc_hba_bring_up(phba), 0, "%s %u: succeeded", what, n);
    cr_assert_eq(phba->state, LPFC_HBA_DOWN);
    cr_assert_not_null(phba->dead_reason, "%s %u: no reason", what, n);
    cr_assert_eq(port->live_allocs, 0, "%s %u: %u allocations left, reason %s", what, n, port->live_allocs,
                 phba->dead_reason);
    cr_assert_not(transport->lport_used, "%s %u: local port left", what, n);
}

Test(bring_up_failure, of_any_command_gives_everything_back_and_a_retry_works)
{
    create();
    port->quiet = true;
    port->auto_link = false;
    for (unsigned n = 1; n <= LADDER; n++) {
        bool tolerated = ladder[n - 1] == 0x9b014d || ladder[n - 1] == 0x9b0120; /* names for people */
        bool io_sgls = n >= 22 && n <= 25; /* fewer buffers, if any are left */

        port->mbox_count = 0;
        port->fail_mbox_at = n;
        if (!tolerated && !io_sgls) {
            fails_and_works_afterwards("command", n);
            continue;
        }
        cr_assert_eq(lpfc_hba_bring_up(phba), 0, "command %u: %s", n, phba->dead_reason);
        lpfc_hba_shut_down(phba);
    }
    port->mbox_count = 0;
    bring_up();
    finish();
}

Test(bring_up_failure, says_which_step_it_was)
{
    create();
    port->quiet = true;
    port->fail_mbox_op = 0x9b0c01;
    cr_assert_neq(lpfc_hba_bring_up(phba), 0);
    cr_assert(strstr(phba->dead_reason, "queues"), "%s", phba->dead_reason);
    port->fail_mbox_op = 0x0b;
    cr_assert_neq(lpfc_hba_bring_up(phba), 0);
    cr_assert(strstr(phba->dead_reason, "READ_CONFIG"), "%s", phba->dead_reason);
    port->fail_mbox_op = 0;
    bring_up();
    cr_assert_null(phba->dead_reason);
    finish();
}

Test(bring_up_failure, by_a_status_in_the_config_header_counts_too)
{
    create();
    port->quiet = true;
    port->fail_mqe_status = 0;
    port->fail_config_status = 0x02;
    port->fail_mbox_op = 0x9b010d;
    cr_assert_eq(lpfc_hba_bring_up(phba), -EIO);
    cr_assert_eq(port->live_allocs, 0);
    port->fail_mbox_op = 0;
    bring_up();
    finish();
}

Test(bring_up_failure, of_any_dma_allocation_gives_everything_back_and_a_retry_works)
{
    unsigned failures = 0;

    create();
    port->quiet = true;
    port->auto_link = false;
    config.io_xris = 8;
    lpfc_hba_destroy(phba);
    cr_assert_eq(lpfc_hba_create(&port->platform, (void *)transport, &config, &phba), 0);
    for (unsigned n = 1; n < 100; n++) {
        port->mbox_count = 0;
        port->fail_alloc_at = n;
        if (lpfc_hba_bring_up(phba) == 0) {
            bool unused = port->fail_alloc_at != 0;

            lpfc_hba_shut_down(phba);
            port->fail_alloc_at = 0;
            if (unused)
                break; /* there is no n-th one */
            continue; /* an I/O buffer less */
        }
        failures++;
        cr_assert_eq(phba->state, LPFC_HBA_DOWN);
        cr_assert_eq(port->live_allocs, 0, "allocation %u: %u left", n, port->live_allocs);
    }
    cr_assert_geq(failures, 15);
    port->mbox_count = 0;
    bring_up();
    finish();
}

Test(bring_up_failure, by_silence_is_bounded_at_every_command)
{
    create();
    port->quiet = true;
    port->auto_link = false;
    for (unsigned n = 1; n <= LADDER; n++) {
        uint64_t start = port->now_ns;

        port->mbox_count = 0;
        port->hang_mbox_at = n;
        fails_and_works_afterwards("silent command", n);
        cr_assert_leq(port->now_ns - start, 150 * SECOND, "command %u", n);
    }
    port->hang_mbox_at = 0;
    port->mbox_count = 0;
    bring_up();
    finish();
}

Test(bring_up_failure, port_that_is_no_sli4_function)
{
    create();
    port->quiet = true;
    port->gone = true;
    cr_assert_eq(lpfc_hba_bring_up(phba), -ENODEV);
    port->gone = false;
    bring_up();
    finish();
}

Test(bring_up_failure, port_that_never_becomes_ready)
{
    uint64_t start;

    create();
    port->quiet = true;
    port->never_ready = true;
    start = port->now_ns;
    cr_assert_eq(lpfc_hba_bring_up(phba), -ETIMEDOUT);
    cr_assert(strstr(phba->dead_reason, "POST"));
    cr_assert_leq(port->now_ns - start, 31 * SECOND);
    port->never_ready = false;
    bring_up();
    finish();
}

Test(bring_up_failure, port_reset_that_does_not_end)
{
    create();
    port->quiet = true;
    port->reset_fails = true;
    cr_assert_neq(lpfc_hba_bring_up(phba), 0);
    cr_assert(strstr(phba->dead_reason, "port reset"));
    port->reset_fails = false;
    fake_port_power_on(port);
    bring_up();
    finish();
}

Test(bring_up_failure, port_without_nvme)
{
    create();
    port->quiet = true;
    port->sli4_params[19] &= ~(1u << 3);
    cr_assert_eq(lpfc_hba_bring_up(phba), -EIO);
    cr_assert(strstr(phba->dead_reason, "NVMe"), "%s", phba->dead_reason);
    finish();
}

Test(bring_up_failure, local_port_that_the_transport_refuses)
{
    create();
    port->quiet = true;
    transport->fail_lport = -ENOSPC;
    cr_assert_eq(lpfc_hba_bring_up(phba), -ENOSPC);
    cr_assert_eq(port->live_allocs, 0);
    transport->fail_lport = 0;
    bring_up();
    finish();
}

Test(create, refuses_a_configuration_that_is_out_of_range)
{
    struct lpfc_hba_config wrong[] = {{.eq_depth = 1000},
                                      {.wq_depth = 8192},
                                      {.mq_depth = 8},
                                      {.io_queues = 65},
                                      {.rq_depth = 64, .rq_buffers = 64},
                                      {.sg_segments = 511},
                                      {.enable_rrq = 3},
                                      {.cq_depth = 128}};

    port = fake_port_new();
    port->quiet = true;
    for (unsigned i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_assert_eq(lpfc_hba_create(&port->platform, NULL, &wrong[i], &phba), -EINVAL, "%u", i);
    fake_port_free(port);
}

/* ---- shutdown ---- */

Test(shut_down, logs_out_destroys_queues_and_resets_the_port)
{
    connect_one();
    lpfc_hba_shut_down(phba);
    cr_assert_eq(phba->state, LPFC_HBA_DOWN);
    cr_assert_eq(port->remote[0].logos, 1);
    cr_assert_eq(fake_port_mbox_sent(port, 0x9b0135), 1); /* MQ_DESTROY */
    cr_assert_eq(fake_port_mbox_sent(port, 0x9b0c02), 3);
    cr_assert_eq(fake_port_mbox_sent(port, 0x9b0c06), 2);
    cr_assert_eq(fake_port_mbox_sent(port, 0x9b0136), 4);
    cr_assert_eq(fake_port_mbox_sent(port, 0x9b0137), 1);
    cr_assert_eq(port->resets, 2);
    cr_assert_eq(port->live_allocs, 0);
    cr_assert_not(transport->lport_used);
    finish();
}

Test(shut_down, and_bring_up_again_any_number_of_times)
{
    connect_one();
    for (int i = 0; i < 5; i++) {
        lpfc_hba_shut_down(phba);
        bring_up();
        cr_assert_eq(fake_transport_online(transport), 1);
    }
    finish();
}

Test(shut_down, ends_in_bounded_time_when_nobody_answers)
{
    uint64_t start;

    connect_one();
    port->quiet = true;
    port->auto_answer = false;
    start = port->now_ns;
    lpfc_hba_shut_down(phba);
    cr_assert_leq(port->now_ns - start, 21 * SECOND);
    finish();
}

Test(shut_down, of_an_hba_that_was_never_up_does_nothing)
{
    create();
    lpfc_hba_shut_down(phba);
    cr_assert_eq(port->resets, 0);
    finish();
}

Test(service, knows_when_it_must_be_called_again)
{
    create();
    port->auto_link = false;
    cr_assert_eq(lpfc_hba_next_deadline_ns(phba), UINT64_MAX);
    bring_up();
    cr_assert_leq(lpfc_hba_next_deadline_ns(phba), port->now_ns + SECOND); /* STATUS is watched */
    finish();
}
