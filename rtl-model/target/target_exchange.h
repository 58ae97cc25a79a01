/* SPDX-License-Identifier: BSD-2-Clause */
// One I/O exchange at the target (fc-wire.md 5.4 to 5.6, 6.1).
//
//   CMND --> SERVICE --> SENDING --------> RESPONDING --> closed
//        \-> XFER_RDY <-> RECEIVING --> SERVICE --^
//        \-> PARKED (Asynchronous Event Request) --^
//   a fault control may put it into HELD at three points: before the command, the data or the response
//   ABTS from the host: closed, its RX_ID quarantined; ours: ABORTING until it is answered, then the same
#pragma once
#include "rtl-model/target/associations.h"

enum class exchange_state : uint8_t {
    FREE,
    SERVICE, // the medium works on it
    XFER_RDY, // in the transmit ring, to ask for data
    RECEIVING, // a sequence of write data is expected or under way
    SENDING, // in the transmit ring, read data
    RESPONDING, // in the transmit ring, RSP or ERSP
    PARKED,
    HELD,
    WITHHELD, // its response was dropped by "target.late": it waits for the ABTS
    ABORTING, // our ABTS is out
    QUARANTINED
};

enum class exchange_point : uint8_t { COMMAND, DATA, RESPONSE };

struct target_exchange {
    exchange_state state = exchange_state::FREE;
    exchange_point held_at = exchange_point::COMMAND;
    bool first_burst = false; // RECEIVING: data that came without XFER_RDY
    bool drop_response = false;
    uint8_t aborts = 0; // ABTS sent
    uint16_t ox_id = 0, rx_id = 0;
    uint32_t s_id = 0;
    uint32_t epoch = 0; // of this slot: tells timers of earlier exchanges apart
    fc_connection *connection = nullptr;
    n_port *host = nullptr;
    uint32_t csn = 0;
    nvme_command command;

    uint32_t moved = 0; // bytes of data, from the start without a gap
    uint32_t send_end = 0; // of the read data that is sent: all of it, unless a fault control says otherwise
    uint32_t sequence_start = 0; // of the present sequence of data
    uint32_t sequence_end = 0; // and where it ends
    uint8_t tx_seq_id = 0; // of the next sequence that we send
    uint16_t tx_seq_cnt = 0; // of the next frame that we send; only read data moves it (2.5)
    uint8_t rx_seq_id = 0;
    uint16_t rx_seq_cnt = 0; // expected
    bool rx_in_sequence = false;
    uint64_t rx_time = 0; // of the last frame of data
    uint64_t quarantined_until = 0;

    uint64_t hold = 0; // handle of the fault that holds it
    uint64_t late_ps = 0; // WITHHELD: how long after the ABTS the response leaves
    uint64_t extra_ps = 0; // "target.delay"

    // Lists, by slot number: hash chain; transmit ring, or sequences under way.
    uint16_t chain = 0xffff, next = 0xffff, previous = 0xffff;

    command_view view() const { return {command.sqe, connection->queue.qid, ox_id}; }
};
