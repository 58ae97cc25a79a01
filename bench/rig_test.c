/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole path, driver to target and back, on real bytes. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "bench/io_load.h"

static struct rig *rig;
static char error[WORLD_ERROR_BYTES];

static void create(void)
{
    struct world_config world = {.seed = 1, .port_count = 1, .target_count = 1};
    struct lpfc_hba_config hba = {0};

    rig = rig_create(&world, &hba, error);
    cr_assert(rig, "%s", error);
}

static struct nvme_ctrl *connect_to_first(void)
{
    struct nvme_ctrl_options options = {.subsystem_nqn = "nqn.2026-01.org.slibench:subsystem0"};
    struct nvme_ctrl *ctrl = io_load_connect(rig, 0, &options, error);

    cr_assert(ctrl, "%s", error);
    return ctrl;
}

static bool finished;

static void done(struct nvme_request *request)
{
    (void)request;
    finished = true;
}

static bool is_finished(void *context)
{
    (void)context;
    return finished;
}

static void run_io(struct nvme_ctrl *ctrl, uint8_t opcode, struct dma_mem *memory, uint32_t lba)
{
    struct nvmefc_sge segment = {.dma = memory->bus, .length = (uint32_t)memory->size};
    struct nvme_request request = {
        .segments = &segment,
        .segment_count = 1,
        .bytes = (uint32_t)memory->size,
        .done = done,
        .io_dir = opcode == 2 ? NVMEFC_FCP_READ : NVMEFC_FCP_WRITE,
    };

    request.sqe[0] = opcode;
    request.sqe[4] = 1;
    request.sqe[40] = (uint8_t)lba;
    request.sqe[48] = (uint8_t)(memory->size / 512 - 1);
    finished = false;
    cr_assert_eq(nvme_ctrl_submit(ctrl, 1, &request), 0);
    cr_assert(rig_wait(rig, 1000000000, is_finished, NULL));
    cr_assert_eq(request.error, 0);
    cr_assert_eq(request.status, 0);
    cr_assert_eq(request.transferred, memory->size);
}

Test(rig, what_is_written_through_the_whole_path_is_read_back)
{
    struct nvme_ctrl *ctrl;
    struct dma_mem out, in;

    create();
    ctrl = connect_to_first();
    const struct platform *p = &rig->host[0].machine.platform;
    cr_assert_eq(p->ops->dma_alloc(p->context, 8192, 4096, &out), 0);
    cr_assert_eq(p->ops->dma_alloc(p->context, 8192, 4096, &in), 0);
    for (unsigned i = 0; i < 8192; i++)
        ((uint8_t *)out.cpu)[i] = (uint8_t)(i * 7 + i / 256);

    run_io(ctrl, 1, &out, 3);
    run_io(ctrl, 2, &in, 3);
    cr_assert_arr_eq(in.cpu, out.cpu, 8192);

    p->ops->dma_free(p->context, &out);
    p->ops->dma_free(p->context, &in);
    io_load_disconnect(rig, ctrl);
    rig_destroy(rig);
}

Test(rig, everything_is_given_back_after_a_thousand_reads)
{
    struct io_load load = {
        .bytes = 4096, .block_bytes = 512, .depth = 32, .queue = 1, .count = 1000, .namespace_blocks = 65536};
    struct io_load_result result;
    struct nvme_ctrl *ctrl;

    create();
    ctrl = connect_to_first();
    cr_assert(io_load_run(rig, 0, ctrl, &load, &result, error), "%s", error);
    cr_assert_eq(result.completed, 1000);
    cr_assert_eq(result.errors, 0);
    io_load_disconnect(rig, ctrl);
    rig_release_hosts(rig);
    cr_assert_eq(rig->host[0].machine.arena->live_blocks, 0);
    cr_assert_eq(rig->host[0].machine.arena->refused, 0);
    rig_destroy(rig);
}
