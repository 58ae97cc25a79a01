// SPDX-License-Identifier: BSD-2-Clause
// What mailbox commands do (sli4-port.md 4, 5). A table an area: classic commands (mbx_classic.cpp,
// mbx_logins.cpp), SLI_CONFIG of the COMMON subsystem (mbx_common.cpp), queues and SGL pages
// (mbx_queues.cpp).
//
// A command that this port does not have is refused: classic with MQE status 0x10, SLI_CONFIG with config
// status 0x02.
#pragma once
#include <array>
#include <vector>
#include "rtl-model/port/abort_engine.h"
#include "rtl-model/port/link_events.h"
#include "rtl-model/port/login_table.h"
#include "rtl-model/port/queues.h"

enum : unsigned { CONFIG_PAYLOAD_WORDS = 2048 };

// An SLI_CONFIG command, taken out of the MQE or gathered from external buffers.
struct config_command {
    bool valid = false;            // the MQE is an SLI_CONFIG
    uint8_t subsystem = 0, opcode = 0, version = 0;
    bool embedded = false;
    uint32_t payload_bytes = 0;    // room that the host gave, for request and response alike
    uint8_t status = 0, additional = 0;
    uint32_t response_bytes = 0;   // set by the handler
    std::array<uint32_t, CONFIG_PAYLOAD_WORDS> payload; // zero beyond payload_bytes

    template <class T>
    T *as() // request or response structure over the payload
    {
        static_assert(sizeof(T) <= sizeof payload);
        return reinterpret_cast<T *>(payload.data());
    }
    void fail(uint8_t s, uint8_t add = 0)
    {
        status = s;
        additional = add;
    }
};

class mailbox_commands {
public:
    mailbox_commands(port_env &env, dma_engine &dma, port_queues &queues, exchange_table &exchanges,
                     login_table &logins, link_events &link, abort_engine &aborts, fc_link_end &end)
        : m_env(env), m_dma(dma), m_queues(queues), m_exchanges(exchanges), m_logins(logins), m_link(link),
          m_aborts(aborts), m_end(end)
    {
    }
    void reset() { m_beacon = 0; }

    // Steps of one command: the MQE status of each. open() gathers, run() carries out, close() scatters.
    uint16_t open(struct sli4_mqe &mqe, config_command &config);
    uint16_t run(struct sli4_mqe &mqe, config_command &config);
    uint16_t close(struct sli4_mqe &mqe, const config_command &config);
    // As in the trace: the classic code, or 0x9b0000 | subsystem << 8 | opcode.
    static uint32_t code(const struct sli4_mqe &mqe, const config_command &config);

private:
    using classic_handler = uint16_t (mailbox_commands::*)(struct sli4_mqe &);
    using config_handler = void (mailbox_commands::*)(config_command &);
    struct config_entry {
        uint8_t subsystem, opcode;
        uint8_t versions;          // bit n: version n
        uint16_t payload_bytes;    // least room for request and response
        config_handler handler;
    };

    static classic_handler find_classic(uint32_t command);
    static const config_entry *find_config(const config_command &c);
    uint16_t gather(const struct sli4_mqe &mqe, std::vector<uint8_t> &bytes);
    uint16_t scatter(const struct sli4_mqe &mqe, const uint8_t *from, uint32_t bytes);

    // mbx_classic.cpp
    uint16_t read_nv(struct sli4_mqe &);
    uint16_t init_link(struct sli4_mqe &);
    uint16_t down_link(struct sli4_mqe &);
    uint16_t config_link(struct sli4_mqe &);
    uint16_t read_config(struct sli4_mqe &);
    uint16_t read_status(struct sli4_mqe &);
    uint16_t read_rev(struct sli4_mqe &);
    uint16_t read_lnk_stat(struct sli4_mqe &);
    uint16_t dump(struct sli4_mqe &);
    uint16_t heartbeat(struct sli4_mqe &);
    uint16_t read_topology(struct sli4_mqe &);
    uint16_t request_features(struct sli4_mqe &);

    // mbx_logins.cpp
    uint16_t read_sparm64(struct sli4_mqe &);
    uint16_t reg_rpi(struct sli4_mqe &);
    uint16_t unreg_rpi(struct sli4_mqe &);
    uint16_t resume_rpi(struct sli4_mqe &);
    uint16_t reg_vpi(struct sli4_mqe &);
    uint16_t unreg_vpi(struct sli4_mqe &);
    uint16_t init_vpi(struct sli4_mqe &);
    uint16_t init_vfi(struct sli4_mqe &);
    uint16_t reg_vfi(struct sli4_mqe &);
    uint16_t unreg_vfi(struct sli4_mqe &);
    uint16_t reg_fcfi(struct sli4_mqe &);
    uint16_t unreg_fcfi(struct sli4_mqe &);
    void take_r_a_tov(uint32_t value);

    // mbx_common.cpp
    void get_sli4_parameters(config_command &);
    void get_function_config(config_command &);
    void get_port_name(config_command &);
    void get_cntl_attributes(config_command &);
    void get_cntl_addl_attributes(config_command &);
    void set_host_data(config_command &);
    void set_features(config_command &);
    void query_fw_config(config_command &);
    void modify_eq_delay(config_command &);
    void nop(config_command &);
    void read_object(config_command &);
    void write_object(config_command &);
    void set_beacon(config_command &);
    void get_beacon(config_command &);

    // mbx_queues.cpp
    void eq_create(config_command &);
    void cq_create(config_command &);
    void mq_create(config_command &);
    void mq_create_ext(config_command &);
    void wq_create(config_command &);
    void rq_create(config_command &);
    void eq_destroy(config_command &c) { destroy(c, TRACE_EQ); }
    void cq_destroy(config_command &c) { destroy(c, TRACE_CQ); }
    void mq_destroy(config_command &c) { destroy(c, TRACE_MQ); }
    void wq_destroy(config_command &c) { destroy(c, TRACE_WQ); }
    void rq_destroy(config_command &c) { destroy(c, TRACE_RQ); }
    void destroy(config_command &, trace_queue_kind);
    void post_sgl_pages(config_command &);

    port_env &m_env;
    dma_engine &m_dma;
    port_queues &m_queues;
    exchange_table &m_exchanges;
    login_table &m_logins;
    link_events &m_link;
    abort_engine &m_aborts;
    fc_link_end &m_end;
    uint32_t m_beacon = 0;         // as SET_BEACON left it
};
