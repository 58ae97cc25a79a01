/* SPDX-License-Identifier: BSD-2-Clause */
// The port as a module: configurations that cannot be served, several targets in one world, power-on.
#include <criterion/criterion.h>
#include <new>
#include <stdexcept>
#include "rtl-model/target/target_port.h"
#include "rtl-model/target/target_test_support.h"

static void expect_error(const world_target &config, const char *says)
{
    std::string error = nvme_target_port::check(config);

    cr_expect(error.find(says) != std::string::npos, "\"%s\" does not say \"%s\"", error.c_str(), says);
}

static world_target with_namespace(uint32_t nsid, const char *backing)
{
    world_target config = {};

    config.namespaces[0] = {nsid, backing, 0, false};
    config.namespace_count = 1;
    return config;
}

Test(target_port, the_default_configuration_can_be_served)
{
    cr_expect(nvme_target_port::check({}).empty());
}

Test(target_port, what_cannot_be_served_is_explained)
{
    world_target config = {};

    expect_error(with_namespace(1, "/nowhere"), "namespace 1: /nowhere: No such file or directory");
    expect_error(with_namespace(0, "mem:1m"), "an NSID is 1 to 1024");
    expect_error(with_namespace(1025, "mem:1m"), "an NSID is 1 to 1024");
    config = with_namespace(4, "mem:1m");
    config.namespaces[1] = config.namespaces[0];
    config.namespace_count = 2;
    expect_error(config, "namespace 4: given twice");
    config = {};
    config.subsystem_nqn = "nqn.2014-08.org.nvmexpress.discovery";
    expect_error(config, "names the discovery controller");
    config = {};
    config.first_burst_bytes = 100;
    expect_error(config, "multiple of 512");
    config = {};
    config.burst_bytes = 1001;
    expect_error(config, "multiple of 4");
    config = {};
    config.max_io_queues = 129;
    expect_error(config, "I/O queues: at most 128");
    config = {};
    config.max_queue_entries = 4097;
    expect_error(config, "queue entries: 2 to 4096");
}

Test(target_port, zeros_in_the_configuration_stand_for_the_defaults)
{
    alignas(target_settings) unsigned char dirty[sizeof(target_settings)];

    memset(dirty, 0xee, sizeof dirty);
    target_settings *s = new (dirty) target_settings(world_target{}, 2);
    cr_expect_eq(s->burst_bytes, 131072);
    cr_expect_eq(s->service_ps, 8000000);
    cr_expect_eq(s->max_io_queues, 16);
    cr_expect_eq(s->max_queue_entries, 128);
    cr_expect_eq(s->first_association, 0);
    cr_expect(s->nqn == "nqn.2026-01.org.slibench:subsystem2");
    s->~target_settings();
}

struct two_targets : sc_core::sc_module {
    fault_table table{1};
    model_context context;
    fake_link_end links[2];
    std::unique_ptr<nvme_target_port> ports[2];

    two_targets() : sc_module(sc_core::sc_module_name("world"))
    {
        context.faults = &table;
        for (unsigned i = 0; i < 2; i++)
            ports[i] = std::make_unique<nvme_target_port>(i ? "target1" : "target0", context, world_target{},
                                                          i, links[i]);
    }

    int inject(const char *verb, int64_t target, uint64_t *handle = nullptr)
    {
        world_arg arg = {"target", WORLD_INT, target, nullptr};
        char error[WORLD_ERROR_BYTES];

        return table.inject(verb, &arg, 1, handle, error);
    }
};

Test(target_port, names_differ_by_index_and_verbs_find_their_target)
{
    two_targets world;
    uint64_t handle;

    cr_expect_eq(world.ports[0]->wwpn(), 0x20010090fabb0000);
    cr_expect_eq(world.ports[1]->wwpn(), 0x20010090fabb0001);
    cr_expect_eq(world.ports[1]->wwnn(), 0x20000090fabb0001);
    cr_expect(world.links[0].offered && world.links[1].offered);
    cr_expect_eq(world.inject("target.gone", 1, &handle), 0);
    cr_expect(world.links[0].offered);
    cr_expect_not(world.links[1].offered);
    world.table.withdraw(handle);
    cr_expect(world.links[1].offered);
    cr_expect_eq(world.inject("target.gone", 2), -EINVAL);
}

Test(target_port, power_on_offers_the_link_again_and_forgets_faults)
{
    two_targets world;

    world.inject("target.silent", 0);
    world.inject("target.gone", 0);
    world.table.clear_all();
    world.ports[0]->reset();
    cr_expect(world.links[0].offered);
    world.links[0].is_up = true;
    world.ports[0]->link_changed(true, 32);
    cr_expect_eq(world.links[0].sent.size(), 1);
}

Test(target_port, a_bad_configuration_throws_what_check_says)
{
    fault_table table(1);
    model_context context;
    fake_link_end link;
    std::string said;

    context.faults = &table;
    try {
        nvme_target_port port("t", context, with_namespace(1, "mem:0"), 0, link);
    } catch (const std::runtime_error &e) {
        said = e.what();
    }
    cr_expect(said.find("namespace 1: mem:0") == 0, "%s", said.c_str());
}
