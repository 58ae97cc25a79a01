// SPDX-License-Identifier: BSD-2-Clause
// State of the link as the host is told of it: FC link events and READ_TOPOLOGY (sli4-port.md 5.3, 6.8).
//
// Every event has a tag, one more than that of the event before; READ_TOPOLOGY repeats the latest.
#pragma once
#include "rtl-model/fc/link.h"
#include "rtl-model/port/port_env.h"
#include "rtl-model/port/queues.h"

class link_events {
public:
    link_events(port_env &env, port_queues &queues, fc_link_end &link)
        : m_env(env), m_queues(queues), m_link(link)
    {
    }
    void reset();

    // INIT_LINK and DOWN_LINK. `speed_gbit` 0: the fastest. Takes effect in the kernel.
    void bring_up(unsigned speed_gbit);
    void take_down();
    bool enabled() const { return m_enabled; }
    bool up() const { return m_up; }

    void changed(bool up, unsigned speed_gbit);
    void describe(struct sli4_mqe &topology) const; // READ_TOPOLOGY response words
    // An event of the SLI port itself (code 0x11).
    void sli_event(uint32_t type, uint32_t data0, uint32_t data1, uint32_t data2);

private:
    void post(const struct sli4_cqe &acqe);
    void post_link_event(bool up);
    void enable(uint64_t speed_gbit);

    port_env &m_env;
    port_queues &m_queues;
    fc_link_end &m_link;
    bool m_enabled = false, m_up = false;
    unsigned m_speed_gbit = 0, m_speed_before = 0;
    uint32_t m_event_tag = 0;
};
