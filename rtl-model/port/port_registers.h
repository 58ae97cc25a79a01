// SPDX-License-Identifier: BSD-2-Clause
// The port registers of BAR0 (sli4-port.md 2, 3.2), doorbells aside.
//
// What the host must see at once after a write (BMBX.RDY and STATUS.RDY fall, ...) is done in write(), from
// any thread; what else the write starts is returned and carried out in the kernel, which reports back with
// the functions below.
#pragma once
#include <cstdint>
#include <mutex>

class port_registers {
public:
    enum class work { none, bootstrap, port_reset, firmware_reset, eq_delay };
    struct started {
        work kind = work::none;
        uint64_t argument = 0;     // bootstrap: bus address; eq_delay: EQ id | microseconds << 16
    };

    void power_on();
    uint32_t read(uint32_t offset);
    started write(uint32_t offset, uint32_t value);

    // The port takes doorbells and mailboxes: POST and reset are over, no error.
    bool running();

    void post_stage(uint32_t stage);   // SEMAPHORE during POST; 0xC000 makes the port ready
    void reset_done();                 // end of the reset that CONTROL.IP or FLR began
    void begin_reset();                // as a write of CONTROL.IP
    void bootstrap_done();
    void fail(uint32_t error1, uint32_t error2, bool reset_needed);
    void firmware_restarted();         // the firmware is back and waits for CONTROL.IP
    uint32_t status();                 // STATUS as the host would read it

private:
    uint32_t status_value() const;
    started write_bmbx(uint32_t value);
    started write_control(uint32_t value);
    started write_physdev(uint32_t value);
    void start_reset();

    std::mutex m_lock;
    uint32_t m_semaphore = 0, m_physdev = 0, m_error1 = 0, m_error2 = 0;
    bool m_err = false, m_reset_needed = false, m_ready = false, m_dump = false;
    bool m_recoverable = true;         // CONTROL.IP clears the error
    bool m_bmbx_ready = false;
    uint32_t m_bmbx_addr = 0;          // as last written
    uint32_t m_bmbx_high = 0;          // address bits 63:34
};
