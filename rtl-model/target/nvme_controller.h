/* SPDX-License-Identifier: BSD-2-Clause */
// The NVMe controller behind an association: Fabrics, admin and I/O commands (fc-wire.md 7). Knows nothing of
// Fibre Channel or SystemC.
//
//   begin(command)  --> DONE     status and result are final, no data moves
//                   --> TO_HOST  `transfer` bytes of `buffer` or of `store` from `store_at`; then it is done
//                   --> FROM_HOST  the other direction: data_arrived() for each piece, then finish()
//                   --> PARKED   an Asynchronous Event Request; on_event tells when it ends
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>
#include "driver/transport/nvme_wire.h"
#include "rtl-model/target/namespace_store.h"

enum : uint32_t { NVME_ALL_NAMESPACES = 0xffffffff, NVME_VERSION = 0x00010400 };

struct nvme_namespace {
    uint32_t nsid;
    std::unique_ptr<namespace_store> store;

    uint64_t blocks() const { return store->size() / store->block_bytes(); }
};

// What the controllers of one target port share.
struct nvme_subsystem {
    std::string nqn, serial;
    std::string transport_address; // "nn-0x...:pn-0x..." (fc-wire.md 5.8)
    uint64_t wwnn = 0;
    uint16_t port_number = 0;
    bool discovery = false; // offers the discovery controller too
    uint16_t max_io_queues = 16;
    uint16_t max_queue_entries = 128;
    std::vector<nvme_namespace> namespaces; // ascending NSID
    uint64_t discovery_generation = 1;
    uint64_t reads = 0, writes = 0, blocks_read = 0, blocks_written = 0; // SMART; units of 512 bytes

    nvme_namespace *find(uint32_t nsid);
    uint32_t highest_nsid() const { return namespaces.empty() ? 0 : namespaces.back().nsid; }
};

// A queue pair as NVMe sees it.
struct nvme_queue {
    uint16_t qid = 0;
    uint16_t entries = 0; // from Connect
    bool connected = false;
    bool flow_control = true;
};

enum class nvme_step : uint8_t { DONE, TO_HOST, FROM_HOST, PARKED };

enum nvme_effect : uint8_t {
    EFFECT_KEEP_ALIVE = 1, // the timer starts again with kato_ms()
    EFFECT_RESET = 2 // CC.EN 1 to 0: the I/O queues are gone
};

struct nvme_command {
    // filled in by the caller
    uint8_t sqe[NVME_SQE_BYTES];
    uint32_t data_bytes = 0; // of the CMND IU
    uint32_t token = 0; // names a parked command in on_event
    uint64_t now_ps = 0;

    // the controller's answer
    nvme_step step = nvme_step::DONE;
    uint8_t effects = 0;
    bool comparing = false;
    uint16_t status = NVME_SC_SUCCESS; // SCT, SC and DNR: the wire field shifted right by one
    uint32_t transfer = 0;
    uint64_t result = 0;
    namespace_store *store = nullptr;
    uint64_t store_at = 0;
    std::vector<uint8_t> buffer; // TO_HOST: what lies behind its end reads as zeros
    uint32_t buffer_at = 0; // TO_HOST from a file: where in the transfer it begins

    uint8_t opcode() const { return sqe[NVME_SQE_OPCODE_AT]; }
    uint16_t cid() const { return get_le16(sqe + NVME_SQE_CID_AT); }
    uint32_t nsid() const { return get_le32(sqe + NVME_SQE_NSID_AT); }
    uint32_t cdw(unsigned n) const { return get_le32(sqe + 4 * n); }
    void fail(uint16_t with) { status = with, step = nvme_step::DONE, transfer = 0; }
};

class nvme_controller {
public:
    enum { AER_LIMIT = 4, MDTS_BYTES = 4096 << 10, KEEP_ALIVE_UNIT_MS = 1000 };

    // `io_open` counts the commands now open on I/O queues: a shutdown completes when it is zero.
    nvme_controller(nvme_subsystem &subsystem, uint16_t id, const unsigned &io_open);

    // A command on `queue`, from its CMND to the plan of its data, or to its end.
    void begin(nvme_queue &queue, nvme_command &command);
    // A piece of a FROM_HOST command; `at` counts from its first byte. Errors go into its status.
    void data_arrived(nvme_command &command, uint32_t at, const uint8_t *data, uint32_t bytes);
    // TO_HOST: makes `bytes` bytes at `at` ready for data_wanted(); false: the medium failed, the status says
    // so.
    bool prepare(nvme_command &command, uint32_t at, uint32_t bytes);
    void data_wanted(const nvme_command &command, uint32_t at, uint8_t *data, uint32_t bytes);
    // All data of a FROM_HOST command has arrived: fills in status and result.
    void finish(nvme_queue &queue, nvme_command &command);

    // A parked command ends: token, status, result.
    std::function<void(uint32_t, uint16_t, uint32_t)> on_event;
    // The exchange of a parked command is gone.
    void forget(uint32_t token);
    // An event for the host. "" or why the host does not get it. `nsid`: goes into the changed namespace
    // list.
    std::string raise_event(uint8_t type, uint8_t info, uint8_t log, uint32_t nsid);

    uint16_t id() const { return m_id; }
    bool is_discovery() const { return m_discovery; }
    uint32_t kato_ms() const { return m_kato_ms; }
    void keep_alive_expired() { m_csts |= NVME_CSTS_FATAL; }
    uint32_t csts() const;
    unsigned async_events_parked() const { return m_parked_count; }

private:
    struct event {
        uint8_t type, info, log;
    };
    struct parked {
        uint32_t token;
        uint16_t cid;
    };

    bool acceptable(const nvme_queue &queue, nvme_command &command);
    bool takes(nvme_command &command, uint32_t bytes); // the data length that the command needs
    void to_host(nvme_command &command, uint32_t bytes);
    void from_host(nvme_command &command, uint32_t bytes);

    void fabrics(nvme_queue &queue, nvme_command &command);
    void connect(nvme_queue &queue, nvme_command &command);
    void connect_data(nvme_queue &queue, nvme_command &command);
    void property_get(nvme_command &command);
    void property_set(nvme_command &command);
    void write_cc(uint32_t value, nvme_command &command);
    uint64_t cap() const;
    void set_kato(uint32_t ms, nvme_command &command);

    void admin(nvme_command &command);
    void abort(nvme_command &command);
    void async_event(nvme_command &command);
    void deliver_events();

    void identify(nvme_command &command);
    void identify_controller(uint8_t *data);
    void identify_namespace(const nvme_namespace &ns, uint8_t *data);
    void identify_descriptors(const nvme_namespace &ns, uint8_t *data);

    void get_log_page(nvme_command &command);
    bool fill_log(uint8_t log, std::vector<uint8_t> &page);
    void log_was_read(uint8_t log);

    void get_features(nvme_command &command);
    void set_features(nvme_command &command);
    void set_features_data(nvme_command &command);
    uint32_t async_event_mask() const;

    void io(nvme_command &command);
    void io_range(nvme_command &command, nvme_namespace &ns);
    void deallocate(nvme_command &command);

    nvme_subsystem &m_subsystem;
    const uint16_t m_id;
    const unsigned &m_io_open;
    bool m_discovery = false;
    std::array<uint8_t, 16> m_host_id{};
    std::string m_host_nqn;

    uint32_t m_cc = 0, m_csts = 0;
    uint32_t m_kato_ms = 0;
    uint32_t m_async_config = 0;
    bool m_write_cache = true;
    uint64_t m_timestamp_ms = 0, m_timestamp_set_ps = 0;
    bool m_timestamp_set = false;

    std::array<parked, AER_LIMIT> m_parked{};
    unsigned m_parked_count = 0;
    std::vector<event> m_pending; // at most one of a kind
    std::array<uint8_t, 8> m_masking_log{}; // by event type: the log page to be read first; 0 = not masked
    std::vector<uint32_t> m_changed_namespaces;
};

// Appends `text` as a field of `bytes` bytes: padded with `pad`, cut if it is longer.
void nvme_put_text(uint8_t *at, size_t bytes, const std::string &text, char pad);
