/* SPDX-License-Identifier: BSD-2-Clause */
// Associations and connections: the NVMe link services (fc-wire.md 5.2, 5.3, 6.4).
//
// An association ends in one of two ways. Orderly (Disconnect, keep-alive expiry): open exchanges are
// aborted, then our own Disconnect goes out, then the answer to the host's. Implicit (logout, link loss):
// everything is dropped at once.
#pragma once
#include <array>
#include <memory>
#include <vector>
#include "rtl-model/target/nvme_controller.h"
#include "rtl-model/target/target_faults.h"
#include "rtl-model/target/target_requests.h"

class target_exchanges;
struct association;

struct fc_connection {
    uint64_t id = 0;
    association *owner = nullptr;
    nvme_queue queue;
    uint16_t sq_entries = 0; // from the link service; Connect repeats it
    uint16_t ersp_ratio = 0;
    uint16_t sq_head = 0;
    uint32_t responses = 0; // of any kind
    uint32_t rsn = 0; // of the last ERSP
    uint32_t open = 0; // exchanges

    uint16_t entries() const { return queue.entries ? queue.entries : sq_entries; }
};

struct association {
    enum state { FREE, LIVE, ENDING };

    state now = FREE;
    uint64_t id = 0;
    uint32_t generation = 0; // of this slot: tells timers of earlier associations apart
    n_port *host = nullptr;
    unsigned io_open = 0; // exchanges on I/O queues
    std::unique_ptr<nvme_controller> controller;
    std::vector<std::unique_ptr<fc_connection>> connections; // by queue id; absent: nullptr
    uint64_t keep_alive_deadline = 0; // 0: off
    uint64_t keep_alive_armed = 0; // a timer runs for then; 0: none
    bool disconnect_owed = false; // an answer to `disconnect`
    request_id disconnect{};
};

class associations {
public:
    associations(target_core &core, target_requests &requests, target_replies &replies, target_faults &faults,
                 nvme_subsystem &subsystem);

    void set_exchanges(target_exchanges &exchanges) { m_exchanges = &exchanges; }

    // Link services. `frame` is a request from a port with an FC-NVMe image.
    void request_arrived(const fc_frame &frame);

    // A live connection by its id; nullptr if unknown.
    fc_connection *find(uint64_t connection_id);

    // What a command asked for beside its completion.
    void apply_effects(association &a, uint8_t effects);
    // One exchange less; ends an association that waited for its last one.
    void exchange_ended(association &a);

    void end(association &a);
    void end_of_host(const n_port &host); // implicit
    void clear();
    void power_on(); // clear(), and identifiers start again

    unsigned live() const;
    std::array<association, TARGET_MAX_ASSOCIATIONS> &all() { return m_all; }

private:
    using payload = std::vector<uint8_t>;

    payload answer_to(const fc_frame &frame);
    payload create_association(const fc_frame &frame);
    payload create_connection(const fc_frame &frame);
    payload disconnect_connection(const fc_frame &frame);
    void disconnect_association(const fc_frame &frame, const request_id &request);
    void deliver(const request_id &request, payload answer);

    association *find_association(uint64_t id);
    fc_connection *connect(association &a, uint16_t qid, uint16_t sq_last, uint16_t ersp_ratio);
    uint64_t new_id();
    uint16_t new_controller_id();
    void finish(association &a);
    void drop(association &a);
    void keep_alive_due(unsigned slot, uint32_t generation, uint64_t at);

    target_core &m_core;
    target_requests &m_requests;
    target_replies &m_replies;
    target_faults &m_faults;
    nvme_subsystem &m_subsystem;
    target_exchanges *m_exchanges = nullptr;
    std::array<association, TARGET_MAX_ASSOCIATIONS> m_all;
    fc_connection *m_last = nullptr; // found last
    uint64_t m_ids_given = 0;
    uint16_t m_last_controller_id = 0;
};
