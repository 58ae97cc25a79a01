/* SPDX-License-Identifier: BSD-2-Clause */
/* Readiness and reset handshakes against a scripted port; register values from sli4-port.md 2. */
#include <criterion/criterion.h>
#include "driver/sli4/regs.h"
#include "driver/sli4/test_platform.h"

/* The scripted port: STATUS is `status` until `change_ns`, then `later`. */
enum { SEMAPHORE, STATUS, CHANGE_MS, LATER, ERROR1, ERROR2 };

static struct test_platform *t;
static const char *why;

static uint32_t read_port(struct test_platform *port, uint32_t offset)
{
    bool later = port->state[CHANGE_MS] && port->now_ns >= port->state[CHANGE_MS] * 1000000ull;

    switch (offset) {
    case 0x400:
        return port->state[SEMAPHORE];
    case 0x404:
        return later ? port->state[LATER] : port->state[STATUS];
    case 0x40c:
        return port->state[ERROR1];
    case 0x410:
        return port->state[ERROR2];
    default:
        cr_assert_fail("read of %03x", offset);
    }
    return 0;
}

static void fresh(uint32_t semaphore, uint32_t status)
{
    t = test_platform();
    t->on_read = read_port;
    t->state[SEMAPHORE] = semaphore;
    t->state[STATUS] = status;
    why = NULL;
}

static void changes(uint32_t after_ms, uint32_t status)
{
    t->state[CHANGE_MS] = after_ms;
    t->state[LATER] = status;
}

Test(identify, an_lpe32000_is_a_g6_of_if_type_2)
{
    struct sli4_identity id;

    fresh(0, 0);
    t->config[0] = 0xe30010df;
    t->config[2] = 0x0c040003;
    t->config[11] = 0xe30110df;
    t->config[22] = 0xc0002c40;            /* SLI_INTF at 0x58 */
    cr_assert_eq(sli4_identify(&t->platform, &id, &why), 0);
    cr_assert_eq(id.vendor, 0x10df);
    cr_assert_eq(id.device, 0xe300);
    cr_assert_eq(id.subsystem, 0xe301);
    cr_assert_eq(id.revision, 3);
    cr_assert_eq(id.family, 0xc);
    cr_assert_eq(id.if_type, 2);
    cr_assert_not(id.virtual_function);
}

Test(identify, what_is_no_sli4_port_of_if_type_2_is_refused)
{
    static const uint32_t bad[] = {0xffffffff, 0x00000000, 0xa0002c40, 0xc0002c30, 0xc0006d40};
    struct sli4_identity id;

    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fresh(0, 0);
        t->config[22] = bad[i];
        cr_assert_eq(sli4_identify(&t->platform, &id, &why), -ENODEV, "%08x", bad[i]);
        cr_assert_not_null(why);
    }
}

Test(health, follows_the_table_of_the_status_register)
{
    static const struct {
        uint32_t status;
        enum sli4_health health;
    } table[] = {
        {0x00800000, SLI4_HEALTHY},     {0x00000000, SLI4_BUSY},    {0x01800000, SLI4_NEEDS_RESET},
        {0x81800000, SLI4_NEEDS_RESET}, {0x80800000, SLI4_FAILED},  {0xa1800000, SLI4_OVERHEATED},
        {0xffffffff, SLI4_GONE},        {0x02800000, SLI4_HEALTHY}, {0x80000000, SLI4_FAILED},
    };

    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++) {
        fresh(0xc000, table[i].status);
        cr_assert_eq(sli4_port_health(&t->platform), table[i].health, "%08x", table[i].status);
    }
}

Test(health, error_registers_read_as_words)
{
    uint32_t e1, e2;

    fresh(0xc000, 0x81800000);
    t->state[ERROR1] = 2;
    t->state[ERROR2] = 4;
    cr_assert_str_eq(sli4_port_error(&t->platform, &e1, &e2), "CQ access failure");
    cr_assert_eq(e1, 2);
    cr_assert_eq(e2, 4);
    t->state[ERROR1] = 0x52004a01;
    cr_assert_str_eq(sli4_port_error(&t->platform, &e1, &e2), "port error");
}

Test(wait_ready, a_ready_port_costs_no_time)
{
    fresh(0x0000c000, 0x00800000);
    cr_assert_eq(sli4_wait_ready(&t->platform, 30000, &why), 0);
    cr_assert_eq(t->now_ns, 0);
}

Test(wait_ready, a_port_that_never_becomes_ready_is_given_up_in_time)
{
    fresh(0x00000700, 0x00800000);
    cr_assert_eq(sli4_wait_ready(&t->platform, 30000, &why), -ETIMEDOUT);
    cr_assert_geq(t->now_ns, 30000000000ull);
    cr_assert_leq(t->now_ns, 30020000000ull);
}

Test(wait_ready, failures_are_told_apart)
{
    fresh(0x8000c000, 0x00800000);         /* perr */
    cr_assert_eq(sli4_wait_ready(&t->platform, 30000, &why), -EIO);
    fresh(0xffffffff, 0x00800000);
    cr_assert_eq(sli4_wait_ready(&t->platform, 30000, &why), -ENODEV);
    fresh(0x0000c000, 0x80800000);         /* ERR without RN */
    cr_assert_eq(sli4_wait_ready(&t->platform, 30000, &why), -EIO);
    fresh(0x0000c000, 0x81800000);         /* ERR with RN: the port reset mends it */
    cr_assert_eq(sli4_wait_ready(&t->platform, 30000, &why), 0);
}

/* On CONTROL.IP the port drops RDY for 50 ms. */
static void reset_takes_50_ms(struct test_platform *port, uint32_t offset, uint32_t value)
{
    cr_assert_eq(offset, 0x408);
    cr_assert_eq(value, 0x08000000);
    port->state[STATUS] = 0;
    port->state[CHANGE_MS] = (uint32_t)(port->now_ns / 1000000) + 50;
}

Test(reset, writes_ip_and_waits_until_the_port_is_healthy)
{
    fresh(0xc000, 0x81800000);
    t->on_write = reset_takes_50_ms;
    t->state[LATER] = 0x00800000;
    cr_assert_eq(sli4_port_reset(&t->platform, 30000, &why), 0);
    cr_assert_eq(t->write_count, 1);
    cr_assert_geq(t->now_ns, 50000000ull);
    cr_assert_leq(t->now_ns, 80000000ull);
}

Test(reset, a_port_that_does_not_come_back_is_given_up_in_time)
{
    fresh(0xc000, 0x00800000);
    t->on_write = reset_takes_50_ms;
    t->state[LATER] = 0;
    cr_assert_eq(sli4_port_reset(&t->platform, 30000, &why), -ETIMEDOUT);
    cr_assert_leq(t->now_ns, 30100000000ull);
}

Test(reset, a_port_that_was_never_ready_is_not_written_to)
{
    fresh(0xc000, 0);
    cr_assert_eq(sli4_port_reset(&t->platform, 1000, &why), -ETIMEDOUT);
    cr_assert_eq(t->write_count, 0);
}

Test(reset, rn_that_stays_set_is_a_failure)
{
    fresh(0xc000, 0x00800000);
    t->on_write = reset_takes_50_ms;
    t->state[LATER] = 0x01800000;
    cr_assert_eq(sli4_port_reset(&t->platform, 30000, &why), -EIO);
}

Test(reset, a_port_that_vanishes_during_its_reset_is_gone)
{
    fresh(0xc000, 0x00800000);
    t->on_write = reset_takes_50_ms;
    t->state[LATER] = 0xffffffff;
    cr_assert_eq(sli4_port_reset(&t->platform, 30000, &why), -ENODEV);
}

Test(reset, parity_and_serr_reporting_are_off_meanwhile_and_restored)
{
    fresh(0xc000, 0x00800000);
    t->config[1] = 0x00000146;             /* memory, master, parity, SERR */
    cr_assert_eq(sli4_port_reset(&t->platform, 30000, &why), 0);
    cr_assert_eq(t->config_write_count, 2);
    cr_assert_eq(t->config_writes[0].offset, 4);
    cr_assert_eq(t->config_writes[0].value, 0x006);
    cr_assert_eq(t->config_writes[1].value, 0x146);
}

Test(recovery, waits_for_err_rn_and_rdy_in_one_read)
{
    fresh(0xc000, 0x81000000);
    changes(2000, 0x81800000);
    cr_assert_eq(sli4_wait_recoverable(&t->platform, 120000, &why), 0);
    cr_assert_geq(t->now_ns, 2000000000ull);
}

Test(recovery, an_error_without_rn_is_final)
{
    fresh(0xc000, 0x80800000);
    cr_assert_eq(sli4_wait_recoverable(&t->platform, 120000, &why), -EIO);
    fresh(0xc000, 0xa1800000);             /* over temperature */
    cr_assert_eq(sli4_wait_recoverable(&t->platform, 120000, &why), -EIO);
    fresh(0xc000, 0x81000000);
    cr_assert_eq(sli4_wait_recoverable(&t->platform, 120000, &why), -ETIMEDOUT);
}

static void restarts(struct test_platform *port, uint32_t offset, uint32_t value)
{
    cr_assert_eq(offset, 0x414);
    (void)value;
    port->state[STATUS] = 0x81000000;
    port->state[CHANGE_MS] = 5000;
    port->state[LATER] = 0x81800000;
}

Test(firmware_reset, leaves_the_port_waiting_for_a_port_reset)
{
    fresh(0xc000, 0x00800000);
    t->on_write = restarts;
    cr_assert_eq(sli4_firmware_reset(&t->platform, false, 120000, &why), 0);
    cr_assert_eq(t->writes[0].value, 0x2);
    fresh(0xc000, 0x00800000);
    t->on_write = restarts;
    cr_assert_eq(sli4_firmware_reset(&t->platform, true, 120000, &why), 0);
    cr_assert_eq(t->writes[0].value, 0x6);
}

Test(firmware_reset, a_port_that_does_not_react_refused_it)
{
    fresh(0xc000, 0x00800000);
    cr_assert_eq(sli4_firmware_reset(&t->platform, false, 120000, &why), -EPERM);
}

Test(registers, host_logging_is_stopped_by_bit_24)
{
    fresh(0xc000, 0x00800000);
    sli4_stop_host_log(&t->platform);
    cr_assert_eq(t->writes[0].offset, 0x414);
    cr_assert_eq(t->writes[0].value, 0x01000000);
}
