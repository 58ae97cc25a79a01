// SPDX-License-Identifier: BSD-2-Clause
// Fault table: what a script may ask for, what it is told when it asks for something else, and how often a control
// acts.
#include <criterion/criterion.h>
#include <cerrno>
#include <set>
#include "rtl-model/context.h"
#include "rtl-model/timed_queue.h"

namespace {

const world_verb break_verb = {"thing.break",
                               "fault.thing",
                               "breaks a thing",
                               {{"which", WORLD_INT, true, "index of the thing"},
                                {"how", WORLD_STRING, false, "gently or not"},
                                {"again", WORLD_BOOL, false, "also the next one"},
                                {"count", WORLD_INT, false, "so often"},
                                {"probability", WORLD_INT, false, "per mille"},
                                {}}};
const world_verb once_verb = {"thing.kick", "fault.thing", "kicks a thing at once", {{}}};
const world_verb count_probe = {
    "thing.count", "probe.model", "things", {{"plus", WORLD_INT, false, "added"}, {}}};

struct bench {
    bench() : table(7)
    {
        table.add_verb(
            break_verb, false,
            [this](model_fault &f) {
                applied++;
                return f.integer("which", 0) > 9 ? std::string("which must be 0 to 9") : std::string();
            },
            [this](model_fault &) { cleared++; });
        table.add_verb(once_verb, true, [this](model_fault &) {
            kicks++;
            return std::string();
        });
        table.add_probe(count_probe, [](const model_fault &args, int64_t &value) {
            value = 40 + args.integer("plus", 0);
            return std::string();
        });
    }

    int inject(const char *verb, std::vector<world_arg> args)
    {
        return table.inject(verb, args.data(), args.size(), &handle, error);
    }

    void refuses(std::vector<world_arg> args, const char *why)
    {
        cr_expect_eq(inject("thing.break", args), -EINVAL);
        cr_expect_str_eq(error, why, "%s", error);
    }

    fault_table table;
    uint64_t handle = 99;
    char error[WORLD_ERROR_BYTES] = "";
    unsigned applied = 0, cleared = 0, kicks = 0;
};

const world_arg which = {"which", WORLD_INT, 1, nullptr};

} // namespace

Test(fault_table, wrong_arguments_are_named_with_the_verb)
{
    bench b;

    cr_assert_eq(b.inject("thing.mend", {}), -EINVAL);
    cr_assert_str_eq(b.error, "thing.mend: no such fault control");
    b.refuses({}, "thing.break: which is required (an integer): index of the thing");
    b.refuses({{"which", WORLD_STRING, 0, "all"}}, "thing.break: which must be an integer, not a string");
    b.refuses({which, which}, "thing.break: which is given twice");
    b.refuses({which, {"when", WORLD_INT, 1, nullptr}},
              "thing.break: no argument 'when'; there is: which, how, again, count, probability");
    b.refuses({which, {"count", WORLD_INT, 0, nullptr}}, "thing.break: count must be at least 1");
    b.refuses({which, {"probability", WORLD_INT, 1001, nullptr}},
              "thing.break: probability is in thousandths: 1 to 1000");
    b.refuses({{"which", WORLD_INT, 10, nullptr}}, "thing.break: which must be 0 to 9");
    cr_assert_eq(*b.table.active_count("thing.break"), 0);
}

Test(fault_table, a_control_is_in_force_until_taken_back)
{
    bench b;

    cr_assert_eq(b.inject("thing.break",
                          {which, {"how", WORLD_STRING, 0, "gently"}, {"again", WORLD_BOOL, 1, nullptr}}),
                 0);
    cr_assert_eq(b.handle, 1);
    cr_assert_eq(*b.table.active_count("thing.break"), 1);
    model_fault *f = b.table.active("thing.break").at(0);
    cr_assert_eq(f->integer("which", 0), 1);
    cr_assert_str_eq(f->string("how"), "gently");
    cr_assert_eq(f->integer("again", 0), 1);
    cr_assert_null(f->string("where"));
    cr_assert(f->take());
    cr_assert(f->take());
    cr_assert_eq(b.table.withdraw(1), 0);
    cr_assert_not(f->take());
    cr_assert_eq(b.cleared, 1);
    cr_assert_eq(b.table.hits(1), 2);
    cr_assert_eq(*b.table.active_count("thing.break"), 0);
    cr_assert_eq(b.table.withdraw(2), -ENOENT);
    cr_assert_eq(b.table.hits(2), -ENOENT);
}

Test(fault_table, a_control_with_a_count_is_used_up)
{
    bench b;

    b.inject("thing.break", {which, {"count", WORLD_INT, 2, nullptr}});
    model_fault *f = b.table.active("thing.break").at(0);
    cr_assert(f->take());
    cr_assert(f->take());
    cr_assert_not(f->take());
    cr_assert_eq(*b.table.active_count("thing.break"), 0);
    cr_assert_eq(b.table.hits(1), 2);
    cr_assert_eq(b.table.withdraw(1), 0); // releases what it may hold
    cr_assert_eq(b.cleared, 1);
}

Test(fault_table, a_momentary_control_leaves_nothing_to_clear)
{
    bench b;

    cr_assert_eq(b.inject("thing.kick", {}), 0);
    cr_assert_eq(b.handle, 0);
    cr_assert_eq(b.kicks, 1);
    cr_assert_eq(*b.table.active_count("thing.kick"), 0);
    cr_assert_eq(b.table.withdraw(1), -ENOENT);
}

Test(fault_table, probability_is_kept_and_depends_on_the_seed_alone)
{
    std::set<std::string> seen;

    for (uint64_t seed : {1, 1, 2}) {
        fault_table table(seed);
        world_arg args[] = {which, {"probability", WORLD_INT, 250, nullptr}};
        std::string pattern;
        table.add_verb(break_verb, false, nullptr);
        table.inject("thing.break", args, 2, nullptr, nullptr);
        for (int i = 0; i < 4000; i++)
            pattern += table.active("thing.break").at(0)->take() ? '1' : '0';
        cr_assert(table.hits(1) > 900 && table.hits(1) < 1100, "%ld", table.hits(1));
        seen.insert(pattern);
    }
    cr_assert_eq(seen.size(), 2);
}

Test(fault_table, clearing_all_releases_and_starts_handles_again)
{
    bench b;

    b.inject("thing.break", {which});
    b.inject("thing.break", {which});
    b.table.clear_all();
    cr_assert_eq(b.cleared, 2);
    cr_assert_eq(b.table.hits(1), -ENOENT);
    b.inject("thing.break", {which});
    cr_assert_eq(b.handle, 1);
}

Test(fault_table, probes_take_arguments)
{
    bench b;
    world_arg plus = {"plus", WORLD_INT, 2, nullptr};
    int64_t value = 0;

    cr_assert_eq(b.table.read("thing.count", nullptr, 0, &value, b.error), 0);
    cr_assert_eq(value, 40);
    cr_assert_eq(b.table.read("thing.count", &plus, 1, &value, b.error), 0);
    cr_assert_eq(value, 42);
    cr_assert_eq(b.table.read("thing.size", nullptr, 0, &value, b.error), -EINVAL);
    cr_assert_str_eq(b.error, "thing.size: no such probe");
}

Test(fault_table, the_descriptions_are_there_for_help)
{
    bench b;
    size_t count;

    const world_verb *verbs = b.table.verbs(&count);
    cr_assert_eq(count, 2);
    cr_assert_str_eq(verbs[0].arguments[0].name, "which");
    cr_assert_str_eq(b.table.probes(&count)[0].name, "thing.count");
}

// ---- controls that wait ----

namespace {

const world_arg later_1ms = {"after_us", WORLD_INT, 1000, nullptr};

void run_for(uint64_t ps)
{
    timed_kernel::instance().run_until(now_ps() + ps);
}

struct timed_bench : bench {
    timed_bench() { table.trace_to(context); }
    model_context context;
};

} // namespace

Test(fault_table, a_control_with_a_time_acts_then_and_can_be_taken_back_before)
{
    sc_core::sc_set_time_resolution(1, sc_core::SC_PS);
    timed_bench b;

    cr_assert_eq(b.inject("thing.kick", {later_1ms}), 0);
    uint64_t first = b.handle;
    cr_assert_neq(first, 0);
    cr_assert_eq(b.inject("thing.break", {which, later_1ms}), 0);
    uint64_t second = b.handle;
    b.inject("thing.break", {which, later_1ms});
    cr_assert_eq(b.table.withdraw(b.handle), 0);
    run_for(999000000);
    cr_assert_eq(b.kicks + b.applied + b.cleared, 0);
    cr_assert_eq(b.table.active("thing.break").size(), 0);
    run_for(2000000);
    cr_assert_eq(b.kicks, 1);
    cr_assert_eq(b.table.hits(first), 1);
    cr_assert_eq(b.applied, 1);
    cr_assert_eq(b.table.active("thing.break").size(), 1);
    cr_assert_eq(b.table.withdraw(second), 0);
    cr_assert_eq(b.cleared, 1);
}

Test(fault_table, a_control_acts_once_when_the_one_it_waits_for_has_a_hit)
{
    sc_core::sc_set_time_resolution(1, sc_core::SC_PS);
    timed_bench b;
    char error[WORLD_ERROR_BYTES];

    b.inject("thing.break", {which});
    world_arg on = {"on", WORLD_INT, int64_t(b.handle), nullptr}, nobody = {"on", WORLD_INT, 7, nullptr};
    b.inject("thing.kick", {on});
    run_for(1000000);
    cr_assert_eq(b.kicks, 0);
    b.table.active("thing.break")[0]->take();
    cr_assert_eq(b.kicks, 0); // never from inside of what set it off
    run_for(1);
    cr_assert_eq(b.kicks, 1);
    b.table.active("thing.break")[0]->take();
    run_for(1000000);
    cr_assert_eq(b.kicks, 1);
    cr_assert_eq(b.table.inject("thing.kick", &nobody, 1, nullptr, error), -EINVAL);
    cr_assert_str_eq(error, "thing.kick: on must be the handle of a control");
}

Test(fault_table, a_control_that_cannot_act_when_it_is_due_has_no_hit)
{
    sc_core::sc_set_time_resolution(1, sc_core::SC_PS);
    timed_bench b;

    cr_assert_eq(b.inject("thing.break", {{"which", WORLD_INT, 10, nullptr}, later_1ms}), 0);
    run_for(2000000000);
    cr_assert_eq(b.applied, 1);
    cr_assert_eq(b.table.active("thing.break").size(), 0);
    b.table.clear_all();
    cr_assert_eq(b.cleared, 0);
}
