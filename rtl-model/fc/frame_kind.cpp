// SPDX-License-Identifier: BSD-2-Clause
// Names of frames, from R_CTL, TYPE and the first bytes of the payload (fc-wire.md 2.2, 3.1, 4.2, 5.2).
#include "rtl-model/fc/frame_kind.h"
#include <cstring>

namespace {

struct coded_name {
    unsigned code;
    const char *name;
};

constexpr coded_name els_names[] = {
    {FC_ELS_LS_RJT, "LS_RJT"}, {FC_ELS_LS_ACC, "LS_ACC"}, {FC_ELS_PLOGI, "PLOGI"}, {FC_ELS_FLOGI, "FLOGI"},
    {FC_ELS_LOGO, "LOGO"},     {FC_ELS_RTV, "RTV"},       {FC_ELS_RLS, "RLS"},     {FC_ELS_ECHO, "ECHO"},
    {FC_ELS_TEST, "TEST"},     {FC_ELS_RRQ, "RRQ"},       {FC_ELS_REC, "REC"},     {FC_ELS_SRR, "SRR"},
    {FC_ELS_FPIN, "FPIN"},     {FC_ELS_EDC, "EDC"},       {FC_ELS_RDP, "RDP"},     {FC_ELS_RDF, "RDF"},
    {FC_ELS_PRLI, "PRLI"},     {FC_ELS_PRLO, "PRLO"},     {FC_ELS_TPRLO, "TPRLO"}, {FC_ELS_PDISC, "PDISC"},
    {FC_ELS_FDISC, "FDISC"},   {FC_ELS_ADISC, "ADISC"},   {FC_ELS_FAN, "FAN"},     {FC_ELS_RSCN, "RSCN"},
    {FC_ELS_SCR, "SCR"},       {FC_ELS_RNID, "RNID"},     {FC_ELS_LCB, "LCB"},
};

constexpr coded_name ct_names[] = {
    {FC_CT_GA_NXT, "GA_NXT"}, {FC_CT_GPN_ID, "GPN_ID"},   {FC_CT_GNN_ID, "GNN_ID"},
    {FC_CT_GFT_ID, "GFT_ID"}, {FC_CT_GSPN_ID, "GSPN_ID"}, {FC_CT_GPT_ID, "GPT_ID"},
    {FC_CT_GFF_ID, "GFF_ID"}, {FC_CT_GID_PN, "GID_PN"},   {FC_CT_GID_NN, "GID_NN"},
    {FC_CT_GID_FT, "GID_FT"}, {FC_CT_GPN_FT, "GPN_FT"},   {FC_CT_GID_PT, "GID_PT"},
    {FC_CT_GID_FF, "GID_FF"}, {FC_CT_RPN_ID, "RPN_ID"},   {FC_CT_RNN_ID, "RNN_ID"},
    {FC_CT_RFT_ID, "RFT_ID"}, {FC_CT_RSPN_ID, "RSPN_ID"}, {FC_CT_RPT_ID, "RPT_ID"},
    {FC_CT_RFF_ID, "RFF_ID"}, {FC_CT_RSNN_NN, "RSNN_NN"}, {FC_CT_DA_ID, "DA_ID"},
    {FC_CT_REJECT, "CT_RJT"}, {FC_CT_ACCEPT, "CT_ACC"},
};

constexpr coded_name nvme_ls_names[] = {
    {FC_NVME_LS_RJT, "NVME_LS_RJT"},
    {FC_NVME_LS_ACC, "NVME_LS_ACC"},
    {FC_NVME_LS_CREATE_ASSOCIATION, "CREATE_ASSOCIATION"},
    {FC_NVME_LS_CREATE_CONNECTION, "CREATE_CONNECTION"},
    {FC_NVME_LS_DISCONNECT_ASSOCIATION, "DISCONNECT_ASSOCIATION"},
    {FC_NVME_LS_DISCONNECT_CONNECTION, "DISCONNECT_CONNECTION"},
};

constexpr coded_name bls_names[] = {
    {FC_RCTL_BLS_NOP, "NOP"},
    {FC_RCTL_ABTS, "ABTS"},
    {FC_RCTL_BA_ACC, "BA_ACC"},
    {FC_RCTL_BA_RJT, "BA_RJT"},
};

constexpr coded_name io_names[] = {
    {FC_RCTL_SOLICITED_DATA, "DATA"},
    {FC_RCTL_CONF, "CONF"},
    {FC_RCTL_XFER_RDY, "XFER_RDY"},
    {FC_RCTL_CMND, "CMND"},
    {FC_RCTL_RSP, "RSP"},
    {FC_RCTL_ERSP, "ERSP"},
    {FC_RCTL_SR, "SR"},
    {FC_RCTL_SR_RSP, "SR_RSP"},
};

// The payload byte or half word that holds the code is there only in a frame long enough and first of its
// sequence.
unsigned els_code(const fc_frame &f)
{
    return f.payload_bytes >= 4 && f.sof == FC_SOF_I3 ? f.payload[0] : 0;
}

unsigned ct_code(const fc_frame &f)
{
    return f.payload_bytes >= FC_CT_HEADER_BYTES && f.sof == FC_SOF_I3
               ? get_be16(f.payload + FC_CT_COMMAND_AT)
               : 0;
}

struct group {
    const char *name;
    const coded_name *names;
    size_t count;
    bool (*holds)(const fc_frame &);
    unsigned (*code)(const fc_frame &);
};

unsigned r_ctl_code(const fc_frame &f)
{
    return f.r_ctl();
}

const group groups[] = {
    {"IO", io_names, std::size(io_names), [](const fc_frame &f) { return f.type() == FC_TYPE_FCP; },
     r_ctl_code},
    {"BLS", bls_names, std::size(bls_names), [](const fc_frame &f) { return f.type() == FC_TYPE_BLS; },
     r_ctl_code},
    {"ELS", els_names, std::size(els_names), [](const fc_frame &f) { return f.type() == FC_TYPE_ELS; },
     els_code},
    {"CT", ct_names, std::size(ct_names), [](const fc_frame &f) { return f.type() == FC_TYPE_CT; }, ct_code},
    {"LS", nvme_ls_names, std::size(nvme_ls_names),
     [](const fc_frame &f) { return f.type() == FC_TYPE_NVME; }, els_code},
};

} // namespace

const char *fc_frame_name(const fc_frame &frame)
{
    for (const group &g : groups) {
        if (!g.holds(frame))
            continue;
        unsigned code = g.code(frame);
        for (size_t i = 0; i < g.count; i++)
            if (g.names[i].code == code)
                return g.names[i].name;
        return "?";
    }
    return "?";
}

bool fc_frame_is(const fc_frame &frame, const char *name)
{
    if (!strcmp(name, "ANY"))
        return true;
    for (const group &g : groups)
        if (!strcmp(name, g.name))
            return g.holds(frame);
    return !strcmp(name, fc_frame_name(frame));
}

bool fc_frame_name_known(const char *name)
{
    if (!strcmp(name, "ANY"))
        return true;
    for (const group &g : groups) {
        if (!strcmp(name, g.name))
            return true;
        for (size_t i = 0; i < g.count; i++)
            if (!strcmp(name, g.names[i].name))
                return true;
    }
    return false;
}

std::string fc_frame_names()
{
    std::string all = "ANY";

    for (const group &g : groups) {
        all += std::string(" ") + g.name;
        for (size_t i = 0; i < g.count; i++)
            all += std::string(" ") + g.names[i].name;
    }
    return all;
}
