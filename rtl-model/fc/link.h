// SPDX-License-Identifier: BSD-2-Clause
// A full-duplex link between two ports, at frame level (or through RTL), with BB credit.
//
//   fc_link_end a  ==== a to b: word rate, credit, propagation ====>  fc_link_end b
//                  <=== b to a ====================================
//
// What stands on an end (HBA port, F_Port of the switch, target port) implements fc_port and sends through
// its end. Sources: fc-wire.md 1.1 (rates), 1.6 (gaps), 1.7 (port state, as up / down here), 1.8 (credit).
#pragma once
#include <cstdint>
#include "rtl-model/fc/frame.h"

class fc_port {
public:
    virtual ~fc_port() = default;
    // The last word of a frame arrived. It occupies one receive buffer until the port calls
    // release_buffer() on its end (once per frame; may be from inside this call).
    virtual void frame_arrived(frame_ref frame) = 0;
    // There is room in the transmit queue again, after send() had refused.
    virtual void transmit_ready() = 0;
    // The link came up at `speed_gbit` or went down. Queued frames are lost on down; credit starts again at
    // 1.
    virtual void link_changed(bool up, unsigned speed_gbit) = 0;
};

// Link Error Status Block (fc-wire.md 1.7), since power-on.
struct fc_link_errors {
    uint32_t link_failure = 0, loss_of_sync = 0, loss_of_signal = 0;
    uint32_t primitive_sequence = 0, invalid_word = 0, invalid_crc = 0;
};

// BB_SC_N that two logins agree on: `ours`, and the peer's word of receive size with it on top (fc-wire.md 1.8).
inline unsigned fc_login_bb_sc_n(unsigned ours, unsigned peers_size_word)
{
    unsigned peers = peers_size_word >> FC_LOGIN_BB_SC_N_SHIFT;

    return !ours || !peers ? 0 : ours > peers ? ours : peers;
}

class fc_link_end {
public:
    virtual ~fc_link_end() = default;
    virtual void attach(fc_port &port) = 0;
    // Queues a frame. False: the transmit queue is full or the link is down (then the frame is lost and
    // nothing is remembered). Full: transmit_ready() follows.
    virtual bool send(frame_ref frame) = 0;
    // Frames of before a link down need none.
    virtual void release_buffer() = 0;
    // Credit that the other side granted us at login (FLOGI LS_ACC, PLOGI in point-to-point): ours to use.
    virtual void set_credit(unsigned granted) = 0;
    // BB_SC_N that both logins agreed on: lost frames and R_RDYs cost no credit for good. 0: none, as after
    // link_changed().
    virtual void set_recovery(unsigned) {}
    virtual bool up() const = 0;
    virtual unsigned speed_gbit() const = 0;
    // The port offers (true) or takes away (false) its side; the link is up when both sides offer it.
    // `speed_gbit`: the fastest it can do; the link runs at the slower of both.
    virtual void enable(bool on, unsigned speed_gbit) = 0;
    virtual uint64_t word_ps() const = 0; // time of one 4-byte word at the present speed
    // When the frame now being sent, and all queued ones, will have left (for timing of the caller's
    // pipeline).
    virtual uint64_t transmit_free_at() const = 0;
    virtual bool transmit_queue_full() const = 0;
    virtual fc_link_errors errors() const { return {}; }
};
