// SPDX-License-Identifier: BSD-2-Clause
// The world as a whole, through model.h alone: configuration, time, reset, controls. Each test is a process.
#include <criterion/criterion.h>
#include <csignal>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>
#include "rtl-model/model.h"

namespace {

constexpr uint64_t ms = 1000000000;

world_config two_targets()
{
    world_config c = {};

    c.seed = 5;
    c.timer_scale = 1000;
    c.port_count = 1;
    c.target_count = 2;
    return c;
}

struct world *create(const world_config &config)
{
    char error[WORLD_ERROR_BYTES] = "";
    struct world *w = world_create(&config, error);

    cr_assert_not_null(w, "%s", error);
    return w;
}

void refuses(const world_config &config, const char *why)
{
    char error[WORLD_ERROR_BYTES] = "";

    cr_assert_null(world_create(&config, error));
    cr_expect_str_eq(error, why, "%s", error);
}

int64_t probe(struct world *w, const char *name)
{
    char error[WORLD_ERROR_BYTES] = "";
    int64_t value = -1;

    cr_assert_eq(world_probe(w, name, nullptr, 0, &value, error), 0, "%s", error);
    return value;
}

// Every event as text, times from the start of the recording.
struct recording {
    std::vector<std::string> lines;
    uint64_t start;
    trace_sink sink{take, this, ~uint64_t{0}};

    static void take(void *context, const trace_event *e)
    {
        auto *r = static_cast<recording *>(context);
        char line[200];
        snprintf(line, sizeof line, "%lu %u %u %u %x %x %x %x %lx %lx %u", e->time_ps - r->start,
                 unsigned(e->type), unsigned(e->source), unsigned(e->port), e->s_id, e->d_id, e->ox_id,
                 e->rx_id, e->a, e->b, e->data_bytes);
        r->lines.emplace_back(line);
    }
};

} // namespace

Test(world, what_cannot_be_built_is_refused_with_a_reason)
{
    world_config c = two_targets();
    c.port_count = 0;
    refuses(c, "there must be 1 to 4 HBA ports");
    c = two_targets();
    c.target_count = 17;
    refuses(c, "there can be at most 16 targets");
    c = two_targets();
    c.topology = WORLD_POINT_TO_POINT;
    refuses(c, "point-to-point needs one HBA port and one target");
    c = two_targets();
    c.ports[0].profile = "lpe9999";
    refuses(c, "port 0: unknown profile 'lpe9999' (there are: lpe32000 lpe31000)");
    c = two_targets();
    c.ports[0].speed_gbit = 64;
    refuses(c, "port 0: speed 64 Gbit/s: lpe32000 does 8 to 32 in doublings");
    c = two_targets();
    c.ports[0].wwpn = c.targets[1].wwpn = 0x20010090fa777777;
    refuses(c, "two ports have the same WWPN");
    c = two_targets();
    c.targets[1].namespaces[0] = {1, "mem:12x", 512, false};
    c.targets[1].namespace_count = 1;
    char error[WORLD_ERROR_BYTES] = "";
    cr_assert_null(world_create(&c, error));
    cr_assert(!strncmp(error, "target 1: ", 10), "%s", error);
}

Test(world, targets_log_in_and_are_seen_by_the_fabric)
{
    struct world *w = create(two_targets());

    cr_assert_eq(world_now_ps(w), 0);
    cr_assert_eq(world_run_until(w, 100 * ms, false), 100 * ms);
    cr_assert_eq(probe(w, "fabric.n_ports"), 2);
    world_destroy(w);
}

Test(world, time_does_not_go_back)
{
    struct world *w = create(two_targets());

    world_run_until(w, 2 * ms, false);
    cr_assert_eq(world_run_until(w, 1 * ms, false), 2 * ms);
    cr_assert_eq(world_now_ps(w), 2 * ms);
    world_destroy(w);
}

Test(world, a_process_has_one_world)
{
    struct world *w = create(two_targets());

    world_destroy(w);
    refuses(two_targets(), "this process has had its world: the SystemC kernel cannot start again");
}

static struct world *running;

static void run_from_inside(void *, const trace_event *)
{
    world_run_until(running, 1000 * ms, false);
}

Test(world, a_callback_must_not_run_the_world, .signal = SIGABRT)
{
    running = create(two_targets());
    trace_sink sink = {run_from_inside, nullptr, uint64_t{1} << TRACE_FRAME_TX};

    world_set_trace(running, &sink);
    world_run_until(running, 100 * ms, false);
}

Test(world, after_a_reset_everything_happens_again_in_the_same_way)
{
    struct world *w = create(two_targets());
    recording first, second;
    char error[WORLD_ERROR_BYTES];
    world_arg port = {"target", WORLD_INT, 0, nullptr};
    uint64_t handle;

    world_reset(w);
    first.start = world_now_ps(w);
    world_set_trace(w, &first.sink);
    world_run_until(w, first.start + 100 * ms, false);
    cr_assert_eq(world_fault(w, "link.down", &port, 1, &handle, error), 0);
    world_run_until(w, first.start + 123456789, false);

    world_reset(w);
    cr_assert_eq(world_fault_hits(w, handle), -ENOENT);
    second.start = world_now_ps(w);
    world_set_trace(w, &second.sink);
    world_run_until(w, second.start + 100 * ms, false);
    cr_assert_gt(second.lines.size(), 20);
    cr_assert_leq(second.lines.size(), first.lines.size());
    for (size_t i = 0; i < second.lines.size(); i++)
        cr_assert(first.lines[i] == second.lines[i], "%zu: %s | %s", i, first.lines[i].c_str(),
                  second.lines[i].c_str());
    cr_assert_eq(probe(w, "fabric.n_ports"), 2);
    world_set_trace(w, nullptr);
    world_destroy(w);
}

Test(world, a_target_whose_cable_is_pulled_is_logged_out_and_comes_back)
{
    struct world *w = create(two_targets());
    char error[WORLD_ERROR_BYTES];
    world_arg target = {"target", WORLD_INT, 1, nullptr};
    uint64_t handle;

    world_run_until(w, 100 * ms, false);
    cr_assert_eq(world_fault(w, "link.down", &target, 1, &handle, error), 0);
    world_run_until(w, 110 * ms, false);
    cr_assert_eq(probe(w, "fabric.n_ports"), 1);
    cr_assert_eq(world_fault_clear(w, handle), 0);
    world_run_until(w, 300 * ms, false);
    cr_assert_eq(probe(w, "fabric.n_ports"), 2);
    world_destroy(w);
}

Test(world, the_pci_function_is_there)
{
    struct world *w = create(two_targets());

    cr_assert_eq(world_config_read(w, 0, 0, 4), 0xe30010df);
    cr_assert_gt(world_bar_size(w, 0, 0), 0);
    cr_assert_gt(world_port_host_timing(w, 0).mmio_read_ns, 0);
    world_destroy(w);
}

Test(world, controls_and_probes_describe_themselves)
{
    size_t count = 1;

    cr_assert_null(world_verbs(&count));
    cr_assert_eq(count, 0);
    struct world *w = create(two_targets());
    const world_verb *verbs = world_verbs(&count);
    for (const char *name : {"link.down", "link.up", "link.bounce", "frame.drop", "frame.delay", "frame.hold",
                             "frame.corrupt", "fabric.rscn", "fabric.reject", "ns.delay", "ns.fail"}) {
        bool found = false;
        for (size_t i = 0; i < count; i++)
            found = found || (!strcmp(verbs[i].name, name) && verbs[i].help && verbs[i].capability);
        cr_expect(found, "%s", name);
    }
    world_destroy(w);
}

Test(world, the_timing_table_has_port_and_link)
{
    size_t count;
    const world_timing_row *rows = world_timing("lpe31000", &count);
    bool found = false;

    for (size_t i = 0; i < count; i++)
        found = found ||
                (!strcmp(rows[i].name, "link.word_16g") && rows[i].value > 2352.9 && rows[i].value < 2353);
    cr_assert(found);
    cr_assert_gt(count, 30);
    cr_assert_null(world_timing("lpe9999", &count));
}
