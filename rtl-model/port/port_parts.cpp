// SPDX-License-Identifier: BSD-2-Clause
#include "rtl-model/port/port_parts.h"
#include <stdexcept>
#include "driver/sli4/codes.h"

namespace {

// POST stages that a patient host may see (sli4-port.md 2.2), equally far apart.
constexpr uint32_t post_stages[] = {0x0003, 0x0100, 0x0200, 0x0400,
                                    0x0600, 0x0700, 0x0800, SLI4_SEMAPHORE_READY};
constexpr unsigned post_steps = sizeof post_stages / sizeof *post_stages;

enum : uint32_t { QUEUE_ID_MAX = 0x3FFF }; // what an EQ doorbell can name

template <class T>
void override_with(T &value, T wanted)
{
    if (wanted)
        value = wanted;
}

const port_profile &profile_of(const world_port &config)
{
    const port_profile *p = find_port_profile(config.profile);

    if (!p)
        throw std::invalid_argument("unknown port profile");
    if (config.speed_gbit && config.speed_gbit != 8 && config.speed_gbit != 16 && config.speed_gbit != 32)
        throw std::invalid_argument("port speed must be 8, 16 or 32");
    if (config.speed_gbit > p->speed_gbit)
        throw std::invalid_argument("port speed is above the profile's");
    return *p;
}

port_resources resources_of(const world_port &config)
{
    port_resources r = profile_of(config).resources;

    override_with(r.xri_base, config.xri_base);
    override_with(r.xri_count, config.xri_count);
    override_with(r.rpi_count, config.rpi_count);
    override_with(r.vpi_count, config.vpi_count);
    override_with(r.vfi_count, config.vfi_count);
    override_with(r.fcfi_count, config.fcfi_count);
    override_with(r.eq_count, config.eq_count);
    override_with(r.cq_count, config.cq_count);
    override_with(r.wq_count, config.wq_count);
    override_with(r.rq_count, config.rq_count);
    override_with(r.msix_vectors, config.msix_vectors);
    override_with(r.queue_id_base, config.queue_id_base);
    unsigned queues = std::max({r.eq_count, r.cq_count, r.wq_count, r.rq_count});
    if (r.queue_id_base + queues > QUEUE_ID_MAX)
        throw std::invalid_argument("queue ids do not fit the doorbells");
    if (r.queue_id_base % 2)
        throw std::invalid_argument("queue_id_base must be even: header RQs have even ids");
    if (unsigned(r.xri_base) + r.xri_count > SLI4_ID_NONE)
        throw std::invalid_argument("XRIs do not fit 16 bits");
    if (r.msix_vectors > pci_function::PBA_OFFSET / 16)
        throw std::invalid_argument("too many MSI-X vectors");
    return r;
}

} // namespace

port_parts::port_parts(const model_context &context, const world_port &config, unsigned index,
                       fc_link_end &end, const queue_engine_maker &make_engine)
    : scheduler("scheduler"),
      engine(make_engine ? make_engine(resources_of(config)) : make_behavioural_engine(resources_of(config))),
      env{context,
          profile_of(config),
          scheduler,
          *engine,
          index,
          config.wwpn,
          config.wwnn,
          config.speed_gbit ? config.speed_gbit : profile_of(config).speed_gbit,
          config.bb_sc_n,
          !config.permanently_no_nvme,
          resources_of(config),
          {},
          {}},
      dma(env), pci(env), queues(env, dma, pci), broken(env, queues), logins(env), exchanges(env, dma),
      done(env, queues, exchanges), tx(env, dma, exchanges, end),
      wqes(env, dma, queues, exchanges, done, logins, end), aborts(env, exchanges, done, tx, end),
      fcp(env, dma, exchanges, done, wqes, tx, aborts),
      sequences(env, dma, exchanges, done, wqes, tx, aborts, end),
      rx(env, dma, queues, exchanges, logins, fcp, sequences, aborts, end), links(env, queues, end),
      commands(env, dma, queues, exchanges, logins, links, aborts, end),
      mbox(env, dma, queues, registers, commands), inbox([this](const port_access &a) { take(a); }), link(end)
{
    connect();
}

void port_parts::connect()
{
    wqes.connect(fcp, sequences, aborts);
    queues.on_work = [this](work_queue &q) { wqes.ring(q); };
    queues.on_mailbox = [this](mailbox_queue &q) { mbox.ring(q); };
    queues.on_buffers = [this](receive_queue &q) { rx.buffers_posted(q); };
    queues.on_room = [this] { wqes.resume(); };
    queues.on_failure = [this](uint32_t error2) { fail(SLI4_ERROR1_FIRMWARE, error2, true); };
    queues.on_line = [this] { update_line(); };
    queues.on_interrupt = [this](unsigned vector) {
        if (interrupt_hook)
            interrupt_hook(vector);
        if (host.interrupt)
            host.interrupt(host.context, vector);
    };
    logins.on_unregister = [this](uint16_t rpi) { aborts.unregister_rpi(rpi); };
    tx.on_reply_sent = [this](exchange &x) { done.finish(x, SLI4_STATUS_SUCCESS, x.payload_bytes, 0); };
    tx.on_request_lost = [this](exchange &x) {
        done.finish(x, SLI4_STATUS_LOCAL_REJECT, 0, SLI4_REASON_LINK_DOWN);
    };
    tx.on_data_failed = [this](exchange &x, sgl_result why) { fcp.data_failed(x, why); };
    tx.on_frame_sent = [this](uint32_t number) { sequences.frame_sent(number, false); };
    tx.on_frame_lost = [this](uint32_t number) { sequences.frame_sent(number, true); };
}

// ---- accesses of the host ----

void port_parts::hand_over(const port_access &a)
{
    if (is_owner())
        take(a);
    else
        inbox.push(a);
}

uint32_t port_parts::config_read(unsigned offset, unsigned width)
{
    uint32_t value = m_gone ? uint32_t((1ull << 8 * width) - 1) : pci.config_read(offset, width);

    if (env.wants(TRACE_CONFIG_READ))
        hand_over({port_access::config_read, 0, uint8_t(width), offset, value, 0, 0});
    return value;
}

void port_parts::config_write(unsigned offset, unsigned width, uint32_t value)
{
    port_access a{port_access::config_write, 0, uint8_t(width), offset, value, 0, 0};

    if (m_gone)
        return;
    pci_function::effects effects = pci.config_write(offset, width, value);
    if (effects.dma_changed)
        configure_dma();
    if (effects.function_level_reset) {
        a.work = uint8_t(port_registers::work::port_reset);
        begin_level_reset();
    }
    hand_over(a);
}

uint32_t port_parts::bar_read(unsigned bar, uint32_t offset)
{
    uint32_t value = ~0u;

    if (!m_gone)
        value = bar == 0 ? registers.read(offset) : bar == 2 ? pci.msix_read(offset) : 0;
    if (env.wants(TRACE_REG_READ))
        hand_over({port_access::bar_read, uint8_t(bar), 4, offset, value, 0, 0});
    return value;
}

void port_parts::bar_write(unsigned bar, uint32_t offset, uint32_t value)
{
    port_access a{port_access::bar_write, uint8_t(bar), 4, offset, value, 0, 0};

    if (m_gone)
        return;
    if (bar == 2)
        pci.msix_write(offset, value);
    if (bar == 0 && offset == SLI4_REG_EQCQ_DB)
        queues.clear_interrupt(value);
    if (bar == 0 && offset >= SLI4_REG_BMBX) {
        port_registers::started s = registers.write(offset, value);

        a.work = uint8_t(s.kind);
        a.argument = s.argument;
        if (s.kind == port_registers::work::port_reset || s.kind == port_registers::work::firmware_reset)
            stop_for_reset();      // from here on the host may free its memory
    }
    hand_over(a);
}

void port_parts::function_level_reset()
{
    begin_level_reset();
    hand_over({port_access::level_reset, 0, 0, 0, 0, uint8_t(port_registers::work::port_reset), 0});
}

void port_parts::open_vector(unsigned vector, bool open)
{
    pci.open_vector(vector, open);
    if (open) // a message may have been waiting for this
        hand_over({port_access::open_vector, 0, 0, 0, 0, 0, 0});
}

// What a function level reset shows at once.
void port_parts::begin_level_reset()
{
    registers.begin_reset();
    stop_for_reset();
    pci.reset();
    configure_dma();
}

void port_parts::stop_for_reset()
{
    std::lock_guard<std::mutex> guard(m_reset_lock);

    m_resets_due++;
    dma.stop();
}

void port_parts::take(const port_access &a)
{
    trace_access(a);
    switch (a.what) {
    case port_access::bar_write:
        if (a.bar == 0 && a.offset < SLI4_REG_BMBX && registers.running())
            queues.doorbell(a.offset, a.value);
        else
            start_work(port_registers::work(a.work), a.argument);
        if (a.bar == 2)
            deliver_unmasked();
        break;
    case port_access::config_write:
    case port_access::level_reset:
        start_work(port_registers::work(a.work), a.argument);
        deliver_unmasked();
        update_line();
        break;
    case port_access::open_vector:
        deliver_unmasked();
        break;
    case port_access::config_read:
    case port_access::bar_read:
        break;
    }
}

void port_parts::trace_access(const port_access &a)
{
    static const trace_type types[] = {TRACE_CONFIG_READ, TRACE_CONFIG_WRITE, TRACE_REG_READ,
                                       TRACE_REG_WRITE};
    bool doorbell = a.what == port_access::bar_write && a.bar == 0 && a.offset < SLI4_REG_BMBX;

    if (a.what > port_access::bar_write || doorbell || !env.wants(types[a.what]))
        return;                    // the queues trace their doorbells
    trace_event e = env.event(types[a.what]);
    e.a = a.what <= port_access::config_write ? a.offset : uint64_t(a.bar) << 32 | a.offset;
    e.b = a.value;
    e.count = a.width;
    env.emit(e);
}

void port_parts::configure_dma()
{
    dma.configure(pci.bus_master(), pci.max_payload(), pci.max_read_request());
}

void port_parts::deliver_unmasked()
{
    for (unsigned vector : pci.take_pending())
        scheduler.at<&port_parts::deliver_pending>(this, vector,
                                                   now_ps() + env.timing().doorbell_ns * 1000ull);
}

void port_parts::deliver_pending(uint64_t vector)
{
    queues.deliver(unsigned(vector));
}

// The host is told of the level also when it has not changed since: the line may have fallen and risen unseen, because
// an access clears it at once.
void port_parts::update_line()
{
    bool level = pci.line();

    if (!host.intx)
        return;
    if (level != m_line && env.wants(TRACE_INTERRUPT)) {
        trace_event e = env.event(TRACE_INTERRUPT);
        e.a = 0;
        e.note = level ? "INTx on" : "INTx off";
        env.emit(e);
    }
    m_line = level;
    host.intx(host.context, level);
}

void port_parts::start_work(port_registers::work work, uint64_t argument)
{
    switch (work) {
    case port_registers::work::none:
        break;
    case port_registers::work::bootstrap:
        mbox.bootstrap(argument);
        break;
    case port_registers::work::port_reset:
        begin_reset_work();
        scheduler.at<&port_parts::reset_done>(this, 0, now_ps() + env.timing().reset_ms * 1000000000ull);
        break;
    case port_registers::work::firmware_reset:
        begin_reset_work();
        scheduler.at<&port_parts::firmware_restarted>(
            this, 0, now_ps() + env.timing().firmware_reset_ms * 1000000000ull);
        break;
    case port_registers::work::eq_delay: {
        struct sli4_sliport_eq_delay reg = sli4_sliport_eq_delay_of(uint32_t(argument));

        queues.set_delay(uint16_t(sli4_sliport_eq_delay_eq_id(&reg)), sli4_sliport_eq_delay_delay(&reg));
        break;
    }
    }
}

void port_parts::begin_reset_work()
{
    {
        std::lock_guard<std::mutex> guard(m_reset_lock);
        m_resets_due--;
    }
    tear_down();
}

// ---- life of the port ----

void port_parts::power_on()
{
    m_owner = std::this_thread::get_id();
    dma.stop();
    registers.power_on();
    pci.reset();
    configure_dma();
    env.counters = {};
    m_gone = false;
    tear_down();
    post_step(0);
}

void port_parts::post_step(uint64_t step)
{
    registers.post_stage(post_stages[step]);
    if (step + 1 < post_steps)
        scheduler.at<&port_parts::post_step>(
            this, step + 1, now_ps() + env.timing().post_ms * 1000000000ull / (post_steps - 1));
    else
        reset_done(0);
}

// Forgets all work without a word to the host; the link goes down (sli4-port.md 2.10, 8.3).
void port_parts::tear_down()
{
    m_active = false;
    scheduler.clear();
    engine->reset();
    queues.reset();
    broken.reset();
    exchanges.reset();
    logins.reset();
    done.reset();
    tx.reset();
    wqes.reset();
    aborts.reset();
    sequences.reset();
    rx.reset();
    commands.reset();
    mbox.reset();
    dma.reset();
    links.reset();
    trace_state(TRACE_PORT_RESET);
}

void port_parts::reset_done(uint64_t)
{
    {
        std::lock_guard<std::mutex> guard(m_reset_lock);

        if (m_resets_due)
            return; // another thread has begun the next one
        m_active = true;
        dma.start();
        registers.reset_done();
    }
    trace_state(registers.running() ? TRACE_PORT_READY : TRACE_PORT_ERROR);
}

void port_parts::firmware_restarted(uint64_t)
{
    registers.firmware_restarted();
    trace_state(TRACE_PORT_ERROR);
}

void port_parts::fail(uint32_t error1, uint32_t error2, bool reset_needed)
{
    {
        std::lock_guard<std::mutex> guard(m_reset_lock);

        if (m_resets_due)
            return; // work from before a reset, whose DMA is stopped: nobody is to hear of it
    }
    registers.fail(error1, error2, reset_needed);
    set_frozen(true);
    dma.stop();
    trace_state(TRACE_PORT_ERROR);
}

void port_parts::set_frozen(bool on)
{
    wqes.freeze(on);
    mbox.freeze(on);
    tx.freeze(on);
    rx.freeze(on);
}

void port_parts::set_gone(bool on)
{
    if (!on) {
        power_on(); // plugged in again
        return;
    }
    m_gone = true;
    dma.stop();
    tear_down();
    trace_state(TRACE_PORT_DEAD);
}

void port_parts::trace_state(trace_port_state state)
{
    if (!env.wants(TRACE_PORT_STATE))
        return;
    trace_event e = env.event(TRACE_PORT_STATE);
    e.a = state;
    e.b = registers.status();
    env.emit(e);
}

// ---- the link ----

void port_parts::frame_arrived(frame_ref frame)
{
    if (m_active)
        rx.arrived(std::move(frame));
    else
        link.release_buffer();
}

void port_parts::link_changed(bool up, unsigned speed_gbit)
{
    if (!up) {
        tx.link_down();
        aborts.link_down();
        sequences.link_down();
        rx.link_down();
    }
    links.changed(up, speed_gbit);
}
