/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of commands share: a live controller with one I/O queue before each test, gone again behind it. */
#pragma once
#include <criterion/criterion.h>
#include <string.h>
#include "driver/transport/fake_lldd.h"

static struct fake fake;
static struct nvme_ctrl *ctrl;

static void start(void)
{
    fake_start(&fake);
    ctrl = fake_connect(&fake, NULL);
}

static void stop(void)
{
    fake_end(&fake, ctrl);
    fake_stop(&fake);
}

static enum fake_fate hold_io(struct fake *f, const struct fake_command *command)
{
    (void)f;
    return command->qid ? FAKE_HOLD : FAKE_ANSWER;
}

static void submit(struct fake_io *io)
{
    cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &io->request), 0);
}

static void read_4k(struct fake_io *io)
{
    fake_io_prepare(io, NVME_IO_READ, 4096);
    submit(io);
}

static void assert_ended(const struct fake_io *io, int error)
{
    cr_assert_eq(io->done, 1, "done() %u times", io->done);
    cr_assert_eq(io->request.error, error, "%d", io->request.error);
}

static void assert_live(unsigned connects)
{
    struct nvme_ctrl_info info = nvme_ctrl_info(ctrl);

    cr_assert_eq(info.state, NVME_CTRL_LIVE, "%s", info.error_text);
    cr_assert_eq(info.connects, connects);
}

/* The association ended because of that, and the controller came back. */
static void assert_reconnects(const char *text)
{
    struct nvme_ctrl_info info = nvme_ctrl_info(ctrl);

    cr_assert_neq(info.state, NVME_CTRL_LIVE);
    cr_assert_not_null(strstr(info.error_text, text), "%s", info.error_text);
    fake.edit_command = NULL;
    fake.command_fate = NULL;
    fake_run_ms(&fake, 2100);
    assert_live(2);
}
