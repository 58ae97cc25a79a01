// SPDX-License-Identifier: BSD-2-Clause
// The directory of a fabric: what is registered, and the answers to CT requests (fc-wire.md 4). Bytes in,
// bytes out; frames, logins and times are the switch's business.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>
#include "driver/fc_wire.h"

class fc_name_server {
public:
    struct object {
        uint64_t port_name = 0, node_name = 0, fabric_port_name = 0;
        uint8_t port_type = FC_PORT_TYPE_N;
        uint32_t classes = 1u << 3; // class 3
        std::string symbolic_port_name, symbolic_node_name; // at most 255 bytes
        std::array<uint8_t, FC_CT_TYPE_MAP_BYTES> types{};
        std::array<uint8_t, FC_CT_FEATURE_MAP_BYTES> features{};
    };

    // `changed` is told of every change that other ports should hear of (RSCN): what and by whom (0: the
    // fabric).
    explicit fc_name_server(std::function<void(uint32_t id)> changed) : m_changed(std::move(changed)) {}

    // A port logged in or out; no RSCN comes from here.
    void add(uint32_t id, const object &o) { m_objects[id] = o; }
    void remove(uint32_t id) { m_objects.erase(id); }
    void clear() { m_objects.clear(); }
    const object *find(uint32_t id) const;

    // The response to a request of `s_id`; both with the CT header, which the caller has seen to be there.
    std::vector<uint8_t> answer(uint32_t s_id, const uint8_t *request, size_t bytes);

    // A list of IDs as a faulty server would give it: without `hide`, with `add` at the end (0: neither).
    // Answers that are no such list stay as they are.
    static void edit_list(const uint8_t *request, std::vector<uint8_t> &answer, uint32_t hide, uint32_t add);

    static std::vector<uint8_t> reject(const uint8_t *request, unsigned reason, unsigned explanation);

private:
    struct query; // a request being answered
    struct command;
    static const command commands[];

    void ga_nxt(query &q);
    void gpn_id(query &q);
    void gnn_id(query &q);
    void gft_id(query &q);
    void gspn_id(query &q);
    void gpt_id(query &q);
    void gff_id(query &q);
    void gid_pn(query &q);
    void gid_nn(query &q);
    void gid_ft(query &q);
    void gpn_ft(query &q);
    void gid_pt(query &q);
    void gid_ff(query &q);
    void rpn_id(query &q);
    void rnn_id(query &q);
    void rft_id(query &q);
    void rspn_id(query &q);
    void rpt_id(query &q);
    void rff_id(query &q);
    void rsnn_nn(query &q);
    void da_id(query &q);

    object *asked(query &q);
    object *own(query &q);
    void list_ids(query &q, const std::function<bool(const object &)> &take, unsigned scope_at,
                  unsigned none);

    std::map<uint32_t, object> m_objects; // by N_Port ID
    std::function<void(uint32_t)> m_changed;
};
