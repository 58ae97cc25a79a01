/* SPDX-License-Identifier: BSD-2-Clause */
#include "rtl-model/target/target_faults.h"
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include "driver/fc_wire.h"
#include "driver/transport/nvme_wire.h"

enum class queue_kind { ADMIN, IO, FABRICS };

struct opcode_name {
    const char *name;
    queue_kind kind;
    uint8_t code;
};

static const opcode_name opcode_names[] = {
    {"read", queue_kind::IO, NVME_IO_READ},
    {"write", queue_kind::IO, NVME_IO_WRITE},
    {"flush", queue_kind::IO, NVME_IO_FLUSH},
    {"compare", queue_kind::IO, NVME_IO_COMPARE},
    {"write_zeroes", queue_kind::IO, NVME_IO_WRITE_ZEROES},
    {"dsm", queue_kind::IO, NVME_IO_DATASET_MANAGEMENT},
    {"verify", queue_kind::IO, NVME_IO_VERIFY},
    {"identify", queue_kind::ADMIN, NVME_ADMIN_IDENTIFY},
    {"get_log_page", queue_kind::ADMIN, NVME_ADMIN_GET_LOG_PAGE},
    {"abort", queue_kind::ADMIN, NVME_ADMIN_ABORT},
    {"set_features", queue_kind::ADMIN, NVME_ADMIN_SET_FEATURES},
    {"get_features", queue_kind::ADMIN, NVME_ADMIN_GET_FEATURES},
    {"async_event", queue_kind::ADMIN, NVME_ADMIN_ASYNC_EVENT_REQUEST},
    {"keep_alive", queue_kind::ADMIN, NVME_ADMIN_KEEP_ALIVE},
    {"connect", queue_kind::FABRICS, NVME_FABRICS_CONNECT},
    {"property_get", queue_kind::FABRICS, NVME_FABRICS_PROPERTY_GET},
    {"property_set", queue_kind::FABRICS, NVME_FABRICS_PROPERTY_SET},
    {"disconnect", queue_kind::FABRICS, NVME_FABRICS_DISCONNECT},
};

struct code_name {
    const char *name;
    uint8_t code;
};

static const code_name ls_names[] = {
    {"create_association", FC_NVME_LS_CREATE_ASSOCIATION},
    {"create_connection", FC_NVME_LS_CREATE_CONNECTION},
    {"disconnect_association", FC_NVME_LS_DISCONNECT_ASSOCIATION},
    {"disconnect_connection", FC_NVME_LS_DISCONNECT_CONNECTION},
};

static const code_name els_names[] = {
    {"plogi", FC_ELS_PLOGI}, {"pdisc", FC_ELS_PDISC}, {"prli", FC_ELS_PRLI}, {"prlo", FC_ELS_PRLO},
    {"logo", FC_ELS_LOGO},   {"adisc", FC_ELS_ADISC}, {"rrq", FC_ELS_RRQ},   {"rec", FC_ELS_REC},
    {"echo", FC_ELS_ECHO},   {"rtv", FC_ELS_RTV},     {"rls", FC_ELS_RLS},   {"rscn", FC_ELS_RSCN},
    {"flogi", FC_ELS_FLOGI},
};

// A number such as "0x7f"; -1 if it is none.
static long number(const char *text)
{
    char *end;
    long n = strtol(text, &end, 0);

    return *text && !*end && n >= 0 && n <= 0xff ? n : -1;
}

static bool opcode_matches(const char *text, const command_view &command)
{
    uint8_t opcode = command.sqe[NVME_SQE_OPCODE_AT];

    for (const opcode_name &o : opcode_names) {
        if (strcmp(o.name, text))
            continue;
        if (opcode == NVME_ADMIN_FABRICS)
            return o.kind == queue_kind::FABRICS && o.code == command.sqe[NVME_FABRICS_TYPE_AT];
        return o.kind == (command.qid ? queue_kind::IO : queue_kind::ADMIN) && o.code == opcode;
    }
    return number(text) == opcode;
}

template <size_t N>
static bool code_matches(const code_name (&names)[N], const char *text, uint8_t code)
{
    for (const code_name &n : names)
        if (!strcmp(n.name, text))
            return n.code == code;
    return number(text) == code;
}

template <class Names>
static bool known(const Names &names, const char *text)
{
    for (const auto &n : names)
        if (!strcmp(n.name, text))
            return true;
    return number(text) >= 0;
}

std::string target_fault_check(const model_fault &fault)
{
    const char *opcode = fault.string("opcode"), *ls = fault.string("ls"), *els = fault.string("els");
    const char *stage = fault.string("stage");

    if (opcode && !known(opcode_names, opcode))
        return std::string("opcode: no such command: ") + opcode;
    if (ls && !known(ls_names, ls))
        return std::string("ls: no such link service: ") + ls;
    if (els && !known(els_names, els))
        return std::string("els: no such ELS: ") + els;
    if (!!opcode + !!ls + !!els > 1)
        return "opcode, ls, els: give one of them";
    if (stage && strcmp(stage, "command") && strcmp(stage, "data") && strcmp(stage, "response"))
        return std::string("stage: command, data or response, not ") + stage;
    return "";
}

int target_els_code(const char *name)
{
    for (const code_name &n : els_names)
        if (!strcmp(n.name, name))
            return n.code;
    return int(number(name));
}

void target_edit_answer(const model_fault &fault, std::vector<uint8_t> &answer)
{
    auto at = size_t(fault.integer("offset", 0));

    if (at + 4 <= answer.size())
        put_be32(&answer[at], uint32_t(fault.integer("word", 0)));
}

bool target_faults::ours(const model_fault &fault) const
{
    return uint64_t(fault.integer("target", 0)) == m_index;
}

bool target_faults::matches(const model_fault &fault, const command_view &command) const
{
    const char *opcode = fault.string("opcode");

    return ours(fault) && !fault.string("ls") && !fault.string("els") &&
           (!opcode || opcode_matches(opcode, command)) && fault.integer("qid", command.qid) == command.qid &&
           fault.integer("ox_id", command.ox_id) == command.ox_id;
}

model_fault *target_faults::command(const char *verb, const command_view &command, const char *stage,
                                    const char *otherwise)
{
    for (model_fault *fault : m_table.active(verb)) {
        const char *wanted = fault->string("stage") ? fault->string("stage") : otherwise;

        if (stage && strcmp(stage, wanted))
            continue;
        if (matches(*fault, command) && fault->take())
            return fault;
    }
    return nullptr;
}

model_fault *target_faults::request(const char *verb, const char *kind, uint8_t code)
{
    bool is_ls = !strcmp(kind, "ls");

    for (model_fault *fault : m_table.active(verb)) {
        const char *wanted = fault->string(kind);
        bool named =
            wanted && (is_ls ? code_matches(ls_names, wanted, code) : code_matches(els_names, wanted, code));

        if (ours(*fault) && named && fault->take())
            return fault;
    }
    return nullptr;
}

model_fault *target_faults::any(const char *verb)
{
    for (model_fault *fault : m_table.active(verb))
        if (ours(*fault) && fault->take())
            return fault;
    return nullptr;
}
