/* SPDX-License-Identifier: BSD-2-Clause */
// Exchanges of one request and one reply: ELS, CT and NVMe_LS, in both directions (fc-wire.md 3, 4, 5.2).
#pragma once
#include <functional>
#include <vector>
#include "rtl-model/target/target_core.h"

// Requests that the target sends.
class target_requests {
public:
    // The reply, or nullptr: none came in time, or the other side aborted the exchange. Not called when the
    // link goes down or the port is reset.
    using done = std::function<void(const fc_frame *)>;

    explicit target_requests(target_core &core) : m_core(core) {}

    // Sends it with an OX_ID of its own. `marks`: of the frame (enum trace_mark). False: too many have no answer yet.
    bool send(uint8_t r_ctl, uint8_t type, uint32_t d_id, const std::vector<uint8_t> &payload, done on_done,
              uint32_t marks = 0);
    bool send_els(uint32_t d_id, const std::vector<uint8_t> &payload, done on_done, uint32_t marks = 0);
    // A reply from the wire. False: nobody waits for it.
    bool reply_arrived(const fc_frame &frame);
    // The responder aborts one of them. False: no such exchange.
    bool aborted(uint32_t responder, uint16_t ox_id);
    bool waiting_for(uint32_t d_id, uint8_t r_ctl, uint8_t code) const;
    // What was sent to this port gets no answer any more.
    void forget(uint32_t d_id);
    void clear() { m_open.clear(); }
    // Identifiers start again as well.
    void power_on()
    {
        clear();
        m_last_ox_id = 0;
    }

private:
    struct open {
        uint16_t ox_id;
        uint8_t r_ctl, type, code;
        uint32_t d_id;
        done on_done;
    };

    uint16_t free_ox_id();
    bool finish(uint32_t d_id, uint16_t ox_id, const fc_frame *reply);
    void timed_out(uint32_t d_id, uint16_t ox_id);

    target_core &m_core;
    std::vector<open> m_open;
    uint16_t m_last_ox_id = 0;
};

// A request of somebody else, as long as it is owed an answer.
struct request_id {
    uint8_t r_ctl, type, code; // code: first byte of the payload
    uint32_t s_id, d_id;
    uint16_t ox_id, rx_id;
};

// Requests that others sent: at most TARGET_MAX_REQUESTS at a time. An answer may come later, and comes to
// nothing if the exchange was aborted in between.
class target_replies {
public:
    explicit target_replies(target_core &core) : m_core(core) {}

    // Takes the request in and gives it an RX_ID. False: too many are open; the request stays without an
    // answer.
    bool begin(const fc_frame &frame, request_id &request);
    void answer(const request_id &request, const std::vector<uint8_t> &payload);
    // Keeps the answer back until release(hold); drops it when `hold` is 0.
    void keep(const request_id &request, const std::vector<uint8_t> &payload, uint64_t hold);
    void release(uint64_t hold);
    // An ABTS of its originator. False: no such exchange.
    bool aborted(uint32_t s_id, uint16_t ox_id, uint16_t &rx_id);
    void forget(uint32_t s_id);
    void clear() { m_open.clear(); }
    // Identifiers start again as well.
    void power_on()
    {
        clear();
        m_last_rx_id = 0;
    }
    size_t held() const;

private:
    struct open {
        request_id id;
        uint64_t hold;
        std::vector<uint8_t> kept;
    };

    std::vector<open>::iterator find(uint32_t s_id, uint16_t ox_id);

    target_core &m_core;
    std::vector<open> m_open;
    uint16_t m_last_rx_id = 0;
};
