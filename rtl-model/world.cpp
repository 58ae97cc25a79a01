// SPDX-License-Identifier: BSD-2-Clause
// The world: fabric, links, ports and targets put together, and model.h on top of them.
#include <systemc>
#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>
#include "rtl-model/context.h"
#include "rtl-model/fc/fc_link.h"
#include "rtl-model/fc/fc_switch.h"
#include "rtl-model/fc/link_faults.h"
#include "rtl-model/model.h"
#include "rtl-model/port/queue_lockstep.h"
#include "rtl-model/port/sli4_port.h"
#include "rtl-model/link_waves.h"
#include "rtl-model/rtl/sli_engine.h"
#include "rtl-model/rtl_link.h"
#include "rtl-model/target/target_port.h"
#include "rtl-model/world_config.h"

struct world {
    explicit world(const world_config &complete);

    void reset();

    const world_config configuration;
    model_context context;
    fault_table faults;
    bool running = false;
    bool stop_on_interrupt = false;
    std::function<void(const char *why)> stop;

private:
    fc_link &add_link(const std::string &name, uint8_t node, uint8_t peer, const world_config &config);
    queue_engine_maker engine_of(const world_config &config, const std::string &name);
    void add_port(const world_config &config, unsigned index, fc_link &link);
    void add_target(const world_config &config, unsigned index, fc_link_end &end);
    void connect_fabric(const world_config &config);
    void connect_directly(const world_config &config);

    std::unique_ptr<fc_switch> fabric; // none in point-to-point
    std::map<unsigned, fc_link *> links_by_node;
    std::vector<std::unique_ptr<fc_link>> links;

public:
    std::vector<std::unique_ptr<sli4_port>> ports;
    std::vector<std::unique_ptr<nvme_target_port>> targets;

private:
    std::unique_ptr<fc_link_faults> link_faults;

public:
    void flush_waves();

    std::unique_ptr<wave_file> wave_output;
    std::vector<std::unique_ptr<link_waves>> waves; // of the links through RTL, by port
    std::vector<std::function<void(link_waves *)>> show_link;
};

// ---- assembly ----

world::world(const world_config &config) : configuration(config), faults(config.seed)
{
    context.seed = config.seed;
    context.timer_scale = config.timer_scale;
    context.faults = &faults;
    faults.trace_to(context);

    if (config.topology == WORLD_FABRIC)
        connect_fabric(config);
    else
        connect_directly(config);

    link_faults = std::make_unique<fc_link_faults>(context, links_by_node);
    for (auto &l : links)
        l->set_faults(link_faults.get());
    std::vector<sli4_port *> all;
    all.reserve(ports.size());
    for (auto &p : ports)
        all.push_back(p.get());
    register_port_verbs(context, all);
}

fc_link &world::add_link(const std::string &name, uint8_t node, uint8_t peer, const world_config &config)
{
    fc_link_config c;

    c.trace_port[0] = node;
    c.trace_port[1] = peer;
    c.metres = config.cable_metres;
    links.push_back(std::make_unique<fc_link>(name.c_str(), context, c));
    links_by_node[node] = links.back().get();
    return *links.back();
}

queue_engine_maker world::engine_of(const world_config &config, const std::string &name)
{
    auto differ = [this](const std::string &why) {
        if (stop)
            stop(why.c_str());
    };

    if (config.engine == WORLD_ENGINE_BEHAVIOURAL)
        return make_behavioural_engine;
    if (config.engine == WORLD_ENGINE_RTL)
        return make_rtl_engine;
    return [differ, name](const port_resources &r) {
        return std::make_unique<lockstep_engine>(name, make_behavioural_engine(r), make_rtl_engine(r), now_ps,
                                                 differ);
    };
}

void world::add_port(const world_config &config, unsigned index, fc_link &link)
{
    std::string name = "port" + std::to_string(index);

    if (config.link == WORLD_LINK_RTL)
        show_link.push_back(use_rtl_link(link));
    ports.push_back(std::make_unique<sli4_port>(name.c_str(), context, config.ports[index], index,
                                                link.side(0), engine_of(config, name)));
    ports.back()->set_interrupt_hook([this](unsigned) {
        if (stop_on_interrupt)
            timed_kernel::instance().stop();
    });
}

void world::add_target(const world_config &config, unsigned index, fc_link_end &end)
{
    std::string name = "target" + std::to_string(index);

    targets.push_back(
        std::make_unique<nvme_target_port>(name.c_str(), context, config.targets[index], index, end));
}

// HBA port n is behind F_Port n (address 01 n+1 00), target n behind the F_Ports of the HBA ports.
void world::connect_fabric(const world_config &config)
{
    fc_switch_config c;

    c.ports = config.port_count + config.target_count;
    c.bb_sc_n = config.bb_sc_n;
    fabric = std::make_unique<fc_switch>("switch", context, c);
    fabric->services().add_verbs();
    for (unsigned i = 0; i < c.ports; i++) {
        bool is_port = i < config.port_count;
        unsigned index = is_port ? i : i - config.port_count;
        auto node = uint8_t(is_port ? index : WORLD_TRACE_TARGET_0 + index);
        fc_link &link = add_link("link" + std::to_string(node), node, WORLD_TRACE_SWITCH, config);

        fabric->connect(i, link.side(1), node);
        if (is_port)
            add_port(config, index, link);
        else
            add_target(config, index, link.side(0));
    }
}

void world::connect_directly(const world_config &config)
{
    fc_link &link = add_link("link0", 0, WORLD_TRACE_TARGET_0, config);

    links_by_node[WORLD_TRACE_TARGET_0] = &link;
    add_port(config, 0, link);
    add_target(config, 0, link.side(1));
}

void world::reset()
{
    faults.clear_all();
    link_faults->reset();
    for (auto &l : links)
        l->reset();
    if (fabric)
        fabric->reset();
    for (auto &p : ports)
        p->reset();
    for (auto &t : targets)
        t->reset();
}

// ---- model.h ----

static bool world_existed;
static struct world *the_world;    // for what model.h asks of no world by name

struct world *world_create(const struct world_config *config, char error[WORLD_ERROR_BYTES])
{
    world_config complete = *config;
    std::string why = world_complete_config(complete);

    if (why.empty() && world_existed)
        why = "this process has had its world: the SystemC kernel cannot start again";
    if (!why.empty()) {
        snprintf(error, WORLD_ERROR_BYTES, "%s", why.c_str());
        return nullptr;
    }
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    sc_core::sc_set_time_resolution(1, sc_core::SC_PS);
    try {
        auto w = std::make_unique<world>(complete);
        world_existed = true;
        sc_core::sc_start(sc_core::SC_ZERO_TIME); // ends elaboration
        the_world = w.release();
        return the_world;
    } catch (const std::exception &e) {
        snprintf(error, WORLD_ERROR_BYTES, "%s", e.what());
        return nullptr;
    }
}

const struct world_config *world_configuration(const struct world *world)
{
    return &world->configuration;
}

// What a word of now can still be told of lies within its frame and its flight.
void world::flush_waves()
{
    uint64_t flight = configuration.cable_metres * fc_timing().fibre_ps_per_metre + 100000000;

    wave_output->flush(now_ps() - std::min(now_ps(), flight));
}

int world_begin_waves(struct world *w, const char *path, char error[WORLD_ERROR_BYTES])
{
    if (w->show_link.empty()) {
        snprintf(error, WORLD_ERROR_BYTES, "waves need a link through RTL (--link rtl)");
        return -EINVAL;
    }
    const char *far_end = w->configuration.topology == WORLD_FABRIC ? "switch" : "target";
    w->wave_output = std::make_unique<wave_file>(path);
    if (!w->wave_output->ok() || !write_gtkwave_save(path, unsigned(w->show_link.size()), far_end)) {
        w->wave_output.reset();
        snprintf(error, WORLD_ERROR_BYTES, "%s cannot be written", path);
        return -EIO;
    }
    for (size_t i = 0; i < w->show_link.size(); i++) {
        w->waves.push_back(
            std::make_unique<link_waves>(*w->wave_output, "link" + std::to_string(i), "hba", far_end));
        w->show_link[i](w->waves.back().get());
    }
    return 0;
}

void world_end_waves(struct world *w)
{
    if (!w->wave_output)
        return;
    for (auto &show : w->show_link)
        show(nullptr);
    w->waves.clear();
    w->wave_output.reset();
}

void world_destroy(struct world *w)
{
    world_end_waves(w);
    delete w;
    the_world = nullptr;
}

void world_reset(struct world *w)
{
    assert(!w->running);
    w->reset();
}

void world_set_host(struct world *w, unsigned port, const struct world_host *host)
{
    w->ports.at(port)->set_host(*host);
}

void world_set_trace(struct world *w, const struct trace_sink *sink)
{
    w->context.trace = sink;
}

void world_set_stop(struct world *w, void (*stop)(void *context, const char *why), void *context)
{
    w->stop = [stop, context](const char *why) { stop(context, why); };
}

uint64_t world_now_ps(const struct world *)
{
    return now_ps();
}

uint64_t world_run_until(struct world *w, uint64_t until_ps, bool stop_on_interrupt)
{
    assert(!w->running && "a callback of the model must not run the world");

    w->running = true;
    w->stop_on_interrupt = stop_on_interrupt;
    timed_kernel::instance().run_until(until_ps);
    w->running = false;
    if (w->wave_output)
        w->flush_waves();
    return now_ps();
}

void world_set_wake(struct world *, void (*wake)(void *context), void *context)
{
    timed_kernel::instance().set_wake([=] { wake(context); });
}

uint64_t world_next_activity_ps(const struct world *)
{
    return timed_kernel::instance().next_ps();
}

size_t world_backlog(const struct world *w, unsigned port)
{
    return w->ports.at(port)->backlog();
}

uint32_t world_config_read(struct world *w, unsigned port, unsigned offset, unsigned width)
{
    return w->ports.at(port)->config_read(offset, width);
}

void world_config_write(struct world *w, unsigned port, unsigned offset, unsigned width, uint32_t value)
{
    w->ports.at(port)->config_write(offset, width, value);
}

uint32_t world_bar_read(struct world *w, unsigned port, unsigned bar, uint32_t offset)
{
    return w->ports.at(port)->bar_read(bar, offset);
}

void world_bar_write(struct world *w, unsigned port, unsigned bar, uint32_t offset, uint32_t value)
{
    w->ports.at(port)->bar_write(bar, offset, value);
}

uint64_t world_bar_size(const struct world *w, unsigned port, unsigned bar)
{
    return w->ports.at(port)->bar_size(bar);
}

void world_function_level_reset(struct world *w, unsigned port)
{
    w->ports.at(port)->function_level_reset();
}

void world_open_vector(struct world *w, unsigned port, unsigned vector, bool open)
{
    w->ports.at(port)->open_vector(vector, open);
}

bool world_intx_asserted(struct world *w, unsigned port)
{
    return w->ports.at(port)->intx_asserted();
}

struct world_host_timing world_port_host_timing(const struct world *w, unsigned port)
{
    return w->ports.at(port)->host_timing();
}

const struct world_verb *world_verbs(size_t *count)
{
    *count = 0;
    return the_world ? the_world->faults.verbs(count) : nullptr;
}

int world_fault(struct world *w, const char *verb, const struct world_arg *args, size_t count,
                uint64_t *handle, char error[WORLD_ERROR_BYTES])
{
    assert(!w->running);
    return w->faults.inject(verb, args, count, handle, error);
}

int world_fault_clear(struct world *w, uint64_t handle)
{
    return w->faults.withdraw(handle);
}

int64_t world_fault_hits(struct world *w, uint64_t handle)
{
    return w->faults.hits(handle);
}

int world_probe(struct world *w, const char *name, const struct world_arg *args, size_t count, int64_t *value,
                char error[WORLD_ERROR_BYTES])
{
    return w->faults.read(name, args, count, value, error);
}

const struct world_verb *world_probes(size_t *count)
{
    *count = 0;
    return the_world ? the_world->faults.probes(count) : nullptr;
}

// The port's rows, which depend on the profile, and those of link and switch.
const struct world_timing_row *world_timing(const char *profile, size_t *count)
{
    static std::map<std::string, std::vector<world_timing_row>> tables;
    size_t port_rows, fc_rows, target_rows;
    const world_timing_row *port = sli4_port::timing(profile, &port_rows);
    const world_timing_row *fc = fc_timing_rows(&fc_rows);
    const world_timing_row *target = nvme_target_port::timing(&target_rows);

    *count = 0;
    if (!port)
        return nullptr;
    std::vector<world_timing_row> &table = tables[profile ? profile : ""];
    if (table.empty()) {
        table.assign(port, port + port_rows);
        table.insert(table.end(), fc, fc + fc_rows);
        table.insert(table.end(), target, target + target_rows);
    }
    *count = table.size();
    return table.data();
}
