// SPDX-License-Identifier: BSD-2-Clause
// The name server's commands, one function each (fc-wire.md 4.2).
#include "rtl-model/fc/name_server.h"
#include <algorithm>
#include <cstring>

struct fc_name_server::query {
    uint32_t s_id;
    const uint8_t *body;
    size_t bytes;                  // of the body
    std::vector<uint8_t> accept;   // its body
    unsigned reason = 0, explanation = 0; // reason set: rejected

    uint32_t id() const { return get_be24(body + 1); }
    void refuse(unsigned why) { refuse(FC_CT_UNABLE, why); }
    void refuse(unsigned r, unsigned x)
    {
        reason = r;
        explanation = x;
    }
    uint8_t *grow(size_t count)
    {
        accept.resize(accept.size() + count);
        return accept.data() + accept.size() - count;
    }
};

struct fc_name_server::command {
    uint16_t code;
    uint16_t least;                // bytes of the request's body
    void (fc_name_server::*run)(query &);
};

const fc_name_server::command fc_name_server::commands[] = {
    {FC_CT_GA_NXT, 4, &fc_name_server::ga_nxt},   {FC_CT_GPN_ID, 4, &fc_name_server::gpn_id},
    {FC_CT_GNN_ID, 4, &fc_name_server::gnn_id},   {FC_CT_GFT_ID, 4, &fc_name_server::gft_id},
    {FC_CT_GSPN_ID, 4, &fc_name_server::gspn_id}, {FC_CT_GPT_ID, 4, &fc_name_server::gpt_id},
    {FC_CT_GFF_ID, 4, &fc_name_server::gff_id},   {FC_CT_GID_PN, 8, &fc_name_server::gid_pn},
    {FC_CT_GID_NN, 8, &fc_name_server::gid_nn},   {FC_CT_GID_FT, 4, &fc_name_server::gid_ft},
    {FC_CT_GPN_FT, 4, &fc_name_server::gpn_ft},   {FC_CT_GID_PT, 4, &fc_name_server::gid_pt},
    {FC_CT_GID_FF, 8, &fc_name_server::gid_ff},   {FC_CT_RPN_ID, 12, &fc_name_server::rpn_id},
    {FC_CT_RNN_ID, 12, &fc_name_server::rnn_id},  {FC_CT_RFT_ID, 36, &fc_name_server::rft_id},
    {FC_CT_RSPN_ID, 5, &fc_name_server::rspn_id}, {FC_CT_RPT_ID, 8, &fc_name_server::rpt_id},
    {FC_CT_RFF_ID, 8, &fc_name_server::rff_id},   {FC_CT_RSNN_NN, 9, &fc_name_server::rsnn_nn},
    {FC_CT_DA_ID, 4, &fc_name_server::da_id},
};

std::vector<uint8_t> fc_name_server::reject(const uint8_t *request, unsigned reason, unsigned explanation)
{
    std::vector<uint8_t> r(FC_CT_HEADER_BYTES);

    memcpy(r.data(), request, FC_CT_COMMAND_AT);
    put_be16(&r[FC_CT_COMMAND_AT], FC_CT_REJECT);
    r[FC_CT_REASON_AT] = uint8_t(reason);
    r[FC_CT_EXPLANATION_AT] = uint8_t(explanation);
    return r;
}

// The accept; what is longer than the requester allows is cut, and the rest counted as residual.
static std::vector<uint8_t> accept(const uint8_t *request, const std::vector<uint8_t> &body)
{
    size_t most = get_be16(request + FC_CT_SIZE_AT) * size_t{FC_WORD_BYTES};
    size_t bytes = most ? std::min(most, body.size()) : body.size();
    std::vector<uint8_t> r(FC_CT_HEADER_BYTES + bytes);

    memcpy(r.data(), request, FC_CT_COMMAND_AT);
    put_be16(&r[FC_CT_COMMAND_AT], FC_CT_ACCEPT);
    put_be16(&r[FC_CT_SIZE_AT], uint16_t((body.size() - bytes) / FC_WORD_BYTES));
    std::copy_n(body.begin(), bytes, r.begin() + FC_CT_HEADER_BYTES);
    return r;
}

std::vector<uint8_t> fc_name_server::answer(uint32_t s_id, const uint8_t *request, size_t bytes)
{
    if (request[FC_CT_REVISION_AT] != FC_CT_REVISION)
        return reject(request, FC_CT_INVALID_VERSION, FC_CTX_NONE);
    if (request[FC_CT_GS_TYPE_AT] != FC_GS_DIRECTORY || request[FC_CT_GS_SUBTYPE_AT] != FC_GS_NAME_SERVER)
        return reject(request, FC_CT_NOT_SUPPORTED, FC_CTX_NONE);

    query q{s_id, request + FC_CT_BODY_AT, bytes - FC_CT_HEADER_BYTES, {}};
    for (const command &c : commands) {
        if (c.code != get_be16(request + FC_CT_COMMAND_AT))
            continue;
        if (q.bytes < c.least)
            return reject(request, FC_CT_INVALID_SIZE, FC_CTX_NONE);
        (this->*c.run)(q);
        return q.reason ? reject(request, q.reason, q.explanation) : accept(request, q.accept);
    }
    return reject(request, FC_CT_NOT_SUPPORTED, FC_CTX_NONE);
}

const fc_name_server::object *fc_name_server::find(uint32_t id) const
{
    auto o = m_objects.find(id);

    return o == m_objects.end() ? nullptr : &o->second;
}

// The object whose ID the request names.
fc_name_server::object *fc_name_server::asked(query &q)
{
    auto o = m_objects.find(q.id());

    if (o != m_objects.end())
        return &o->second;
    q.refuse(FC_CTX_NO_PORT_ID);
    return nullptr;
}

// The same for a registration: ports register for themselves only.
fc_name_server::object *fc_name_server::own(query &q)
{
    object *o = asked(q);

    if (o && q.id() != q.s_id) {
        q.refuse(FC_CTX_ACCESS_DENIED);
        return nullptr;
    }
    return o;
}

// ---- one object ----

void fc_name_server::gpn_id(query &q)
{
    if (const object *o = asked(q))
        put_be64(q.grow(8), o->port_name);
}

void fc_name_server::gnn_id(query &q)
{
    if (const object *o = asked(q))
        put_be64(q.grow(8), o->node_name);
}

void fc_name_server::gft_id(query &q)
{
    const object *o = asked(q);

    if (!o)
        return;
    if (o->types == object{}.types)
        q.refuse(FC_CTX_NO_FC4_TYPES);
    else
        q.accept.assign(o->types.begin(), o->types.end());
}

void fc_name_server::gff_id(query &q)
{
    if (const object *o = asked(q))
        q.accept.assign(o->features.begin(), o->features.end());
}

void fc_name_server::gpt_id(query &q)
{
    if (const object *o = asked(q))
        *q.grow(4) = o->port_type;
}

static void put_name(uint8_t *at, const std::string &name)
{
    at[0] = uint8_t(name.size());
    memcpy(at + 1, name.data(), name.size());
}

void fc_name_server::gspn_id(query &q)
{
    const object *o = asked(q);

    if (!o)
        return;
    if (o->symbolic_port_name.empty())
        q.refuse(FC_CTX_NO_SYMBOLIC_PORT_NAME);
    else
        put_name(q.grow(256), o->symbolic_port_name);
}

void fc_name_server::gid_pn(query &q)
{
    for (const auto &[id, o] : m_objects)
        if (o.port_name == get_be64(q.body)) {
            put_be24(q.grow(4) + 1, id);
            return;
        }
    q.refuse(FC_CTX_NO_PORT_NAME);
}

// The object with the next higher ID, round the end.
void fc_name_server::ga_nxt(query &q)
{
    if (m_objects.empty()) {
        q.refuse(FC_CTX_EMPTY);
        return;
    }
    auto next = m_objects.upper_bound(q.id());
    const auto &[id, o] = next == m_objects.end() ? *m_objects.begin() : *next;
    uint8_t *p = q.grow(FC_CT_GA_NXT_BYTES);

    p[0] = o.port_type;
    put_be24(p + 1, id);
    put_be64(p + 4, o.port_name);
    put_name(p + 12, o.symbolic_port_name);
    put_be64(p + 268, o.node_name);
    put_name(p + 276, o.symbolic_node_name);
    put_be32(p + 556, o.classes);
    memcpy(p + 560, o.types.data(), o.types.size());
    put_be64(p + 608, o.fabric_port_name);
}

// ---- lists ----

// IDs that are in scope (domain, area; 0: any) and match, the last one marked.
void fc_name_server::list_ids(query &q, const std::function<bool(const object &)> &take, unsigned scope_at,
                              unsigned none)
{
    uint8_t domain = q.body[scope_at], area = q.body[scope_at + 1];
    size_t last = SIZE_MAX;

    for (const auto &[id, o] : m_objects) {
        if ((domain && domain != id >> 16) || (area && area != (id >> 8 & 0xff)) || !take(o))
            continue;
        last = q.accept.size();
        put_be24(q.grow(FC_CT_LIST_ENTRY_BYTES) + 1, id);
    }
    if (last == SIZE_MAX)
        q.refuse(none);
    else
        q.accept[last] = FC_CT_LAST_ENTRY;
}

void fc_name_server::gid_nn(query &q)
{
    static const uint8_t any_scope[2] = {};
    query list{q.s_id, any_scope, sizeof any_scope, {}};
    uint64_t name = get_be64(q.body);

    list_ids(list, [name](const object &o) { return o.node_name == name; }, 0, FC_CTX_NO_NODE_NAME);
    q.accept = std::move(list.accept);
    q.refuse(list.reason, list.explanation);
}

void fc_name_server::gid_ft(query &q)
{
    unsigned type = q.body[3];

    list_ids(
        q, [type](const object &o) { return fc_type_map_has(o.types.data(), type); }, 1, FC_CTX_NO_FC4_TYPES);
}

// As GID_FT, with the port name behind each ID.
void fc_name_server::gpn_ft(query &q)
{
    gid_ft(q);
    std::vector<uint8_t> ids = std::move(q.accept);
    q.accept.clear();
    for (size_t at = 0; at < ids.size(); at += FC_CT_LIST_ENTRY_BYTES) {
        uint8_t *p = q.grow(FC_CT_NAMED_ENTRY_BYTES);
        memcpy(p, &ids[at], FC_CT_LIST_ENTRY_BYTES);
        put_be64(p + 8, m_objects[get_be24(&ids[at + 1])].port_name);
    }
}

void fc_name_server::gid_pt(query &q)
{
    unsigned type = q.body[0];

    list_ids(
        q, [type](const object &o) { return type == FC_PORT_TYPE_NX || o.port_type == type; }, 1,
        FC_CTX_NO_PORT_TYPE);
}

void fc_name_server::gid_ff(query &q)
{
    unsigned wanted = q.body[6], type = q.body[7];

    list_ids(
        q,
        [wanted, type](const object &o) {
            return fc_type_map_has(o.types.data(), type) &&
                   (fc_feature_map_get(o.features.data(), type) & wanted) == wanted;
        },
        1, FC_CTX_NO_FC4_TYPES);
}

void fc_name_server::edit_list(const uint8_t *request, std::vector<uint8_t> &answer, uint32_t hide,
                               uint32_t add)
{
    unsigned command = get_be16(request + FC_CT_COMMAND_AT);
    bool is_list = command == FC_CT_GID_FT || command == FC_CT_GID_NN || command == FC_CT_GID_PT ||
                   command == FC_CT_GID_FF;

    if (!is_list)
        return;
    std::vector<uint8_t> body;
    auto entry = [&body](uint32_t id) {
        body.resize(body.size() + FC_CT_LIST_ENTRY_BYTES);
        put_be24(&body[body.size() - 3], id);
    };
    bool accepted = get_be16(&answer[FC_CT_COMMAND_AT]) == FC_CT_ACCEPT;
    for (size_t at = FC_CT_BODY_AT; accepted && at < answer.size(); at += FC_CT_LIST_ENTRY_BYTES)
        if (get_be24(&answer[at + 1]) != hide)
            entry(get_be24(&answer[at + 1]));
    if (add)
        entry(add);
    if (body.empty()) {
        answer = reject(request, FC_CT_UNABLE, FC_CTX_NO_FC4_TYPES);
        return;
    }
    body[body.size() - FC_CT_LIST_ENTRY_BYTES] = FC_CT_LAST_ENTRY;
    answer = accept(request, body);
}

// ---- registration ----

// Registering again what is there already changes nothing, and nobody is told.
template <class T>
static bool assign(T &field, const T &value)
{
    if (field == value)
        return false;
    field = value;
    return true;
}

void fc_name_server::rpn_id(query &q)
{
    object *o = own(q);

    if (o && assign(o->port_name, get_be64(q.body + 4)))
        m_changed(q.s_id);
}

void fc_name_server::rnn_id(query &q)
{
    object *o = own(q);

    if (o && assign(o->node_name, get_be64(q.body + 4)))
        m_changed(q.s_id);
}

void fc_name_server::rft_id(query &q)
{
    object *o = own(q);
    std::array<uint8_t, FC_CT_TYPE_MAP_BYTES> types;

    memcpy(types.data(), q.body + 4, types.size());
    if (o && assign(o->types, types))
        m_changed(q.s_id);
}

void fc_name_server::rff_id(query &q)
{
    object *o = own(q);

    if (!o)
        return;
    auto features = o->features;
    fc_feature_map_set(features.data(), q.body[7], q.body[6]);
    if (assign(o->features, features))
        m_changed(q.s_id);
}

void fc_name_server::rpt_id(query &q)
{
    object *o = own(q);

    if (o && assign(o->port_type, q.body[4]))
        m_changed(q.s_id);
}

// Symbolic names are for people: nobody is told.
static bool take_name(const uint8_t *at, size_t bytes, std::string &name)
{
    if (size_t{at[0]} + 1 > bytes)
        return false;
    name.assign(reinterpret_cast<const char *>(at + 1), at[0]);
    return true;
}

void fc_name_server::rspn_id(query &q)
{
    object *o = own(q);

    if (o && !take_name(q.body + 4, q.bytes - 4, o->symbolic_port_name))
        q.refuse(FC_CT_INVALID_SIZE, FC_CTX_NONE);
}

void fc_name_server::rsnn_nn(query &q)
{
    auto requester = m_objects.find(q.s_id);
    uint64_t node = get_be64(q.body);
    std::string name;

    if (requester == m_objects.end() || requester->second.node_name != node) {
        q.refuse(FC_CTX_NO_NODE_NAME);
        return;
    }
    if (!take_name(q.body + 8, q.bytes - 8, name)) {
        q.refuse(FC_CT_INVALID_SIZE, FC_CTX_NONE);
        return;
    }
    for (auto &[id, o] : m_objects)
        if (o.node_name == node)
            o.symbolic_node_name = name;
}

void fc_name_server::da_id(query &q)
{
    if (!own(q))
        return;
    m_objects.erase(q.s_id);
    m_changed(q.s_id);
}
