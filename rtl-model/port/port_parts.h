// SPDX-License-Identifier: BSD-2-Clause
// The parts of a port, put together, and what concerns all of them: power-on, resets, errors, removal.
//
//   power-on --POST--> ready <--reset_ms-- resetting <--CONTROL.IP, FLR-- ready, error
//                        |--failure, port.error--> error (halted; registers say why)
//                        '--port.gone--> gone (all ones)
#pragma once
#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include "rtl-model/port/abort_engine.h"
#include "rtl-model/port/access_inbox.h"
#include "rtl-model/port/completions.h"
#include "rtl-model/port/dma_engine.h"
#include "rtl-model/port/entry_faults.h"
#include "rtl-model/port/exchange.h"
#include "rtl-model/port/fcp_initiator.h"
#include "rtl-model/port/link_events.h"
#include "rtl-model/port/login_table.h"
#include "rtl-model/port/mailbox.h"
#include "rtl-model/port/mailbox_commands.h"
#include "rtl-model/port/pci_function.h"
#include "rtl-model/port/port_env.h"
#include "rtl-model/port/port_registers.h"
#include "rtl-model/port/queues.h"
#include "rtl-model/port/receiver.h"
#include "rtl-model/port/sequencer.h"
#include "rtl-model/port/transmitter.h"
#include "rtl-model/port/wqe_engine.h"

struct port_parts {
    port_parts(const model_context &context, const world_port &config, unsigned index, fc_link_end &link,
               const queue_engine_maker &make_engine);

    port_scheduler scheduler;
    std::unique_ptr<queue_engine> engine;
    port_env env;
    dma_engine dma;
    pci_function pci;
    port_registers registers;
    port_queues queues;
    entry_faults broken;
    login_table logins;
    exchange_table exchanges;
    completions done;
    transmitter tx;
    wqe_engine wqes;
    abort_engine aborts;
    fcp_initiator fcp;
    sequencer sequences;
    receiver rx;
    link_events links;
    mailbox_commands commands;
    mailbox mbox;
    access_inbox inbox;
    fc_link_end &link;

    world_host host{};
    std::function<void(unsigned vector)> interrupt_hook;

    // Any thread.
    uint32_t config_read(unsigned offset, unsigned width);
    void config_write(unsigned offset, unsigned width, uint32_t value);
    uint32_t bar_read(unsigned bar, uint32_t offset);
    void bar_write(unsigned bar, uint32_t offset, uint32_t value);
    void function_level_reset();
    void open_vector(unsigned vector, bool open);

    // The owner's thread.
    void power_on();
    void fail(uint32_t error1, uint32_t error2, bool reset_needed);
    void set_frozen(bool on);
    void set_gone(bool on);
    void frame_arrived(frame_ref frame);
    void link_changed(bool up, unsigned speed_gbit);

private:
    bool is_owner() const { return std::this_thread::get_id() == m_owner; }
    void hand_over(const port_access &access);
    void begin_level_reset();
    void stop_for_reset();
    void take(const port_access &access);
    void trace_access(const port_access &access);
    void start_work(port_registers::work work, uint64_t argument);
    void begin_reset_work();
    void deliver_unmasked();
    void deliver_pending(uint64_t vector);
    void update_line();
    void configure_dma();
    void connect();
    void tear_down();
    void post_step(uint64_t step);
    void reset_done(uint64_t);
    void firmware_restarted(uint64_t);
    void trace_state(trace_port_state state);

    std::atomic<std::thread::id> m_owner{std::this_thread::get_id()};
    std::atomic<bool> m_gone{false};
    bool m_active = false;         // POST or reset is over
    bool m_line = false;           // level of INTA# that the host was told
    std::mutex m_reset_lock;       // of the count and of DMA going on and off
    unsigned m_resets_due = 0;     // begun by an access, not yet by the kernel
};
