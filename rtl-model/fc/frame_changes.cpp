// SPDX-License-Identifier: BSD-2-Clause
// Changed frames.
#include "rtl-model/fc/frame_changes.h"
#include <algorithm>
#include <cstring>

namespace {

// ---- fields of "frame.edit" ----

struct field {
    const char *name;
    unsigned at, bytes;            // big-endian
};

const field header_fields[] = {
    {"r_ctl", FC_R_CTL_AT, 1},   {"d_id", FC_D_ID_AT, 3},           {"s_id", FC_S_ID_AT, 3},
    {"type", FC_TYPE_AT, 1},     {"f_ctl", FC_F_CTL_AT, 3},         {"seq_id", FC_SEQ_ID_AT, 1},
    {"df_ctl", FC_DF_CTL_AT, 1}, {"seq_cnt", FC_SEQ_CNT_AT, 2},     {"ox_id", FC_OX_ID_AT, 2},
    {"rx_id", FC_RX_ID_AT, 2},   {"parameter", FC_PARAMETER_AT, 4},
};

// At "offset" of the payload.
const field payload_fields[] = {{"byte", 0, 1}, {"half", 0, 2}, {"word", 0, 4}};

template <size_t N>
const field *find(const field (&fields)[N], const char *name)
{
    for (const field &f : fields)
        if (!strcmp(f.name, name))
            return &f;
    return nullptr;
}

uint32_t get(const uint8_t *at, unsigned bytes)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

void put(uint8_t *at, unsigned bytes, uint32_t value)
{
    for (unsigned i = bytes; i-- > 0; value >>= 8)
        at[i] = uint8_t(value);
}

// "value" replaces, "flip" inverts bits.
uint32_t changed(const model_fault &fault, uint32_t old)
{
    return uint32_t(fault.has("flip") ? old ^ fault.integer("flip", 0) : fault.integer("value", 0));
}

bool is_delimiter(const char *name, int64_t code)
{
    if (!strcmp(name, "sof"))
        return code == FC_SOF_I3 || code == FC_SOF_N3;
    return code == FC_EOF_N || code == FC_EOF_T || code == FC_EOF_NI || code == FC_EOF_A;
}

void resize(fc_frame &frame, uint32_t bytes)
{
    bytes = std::min<uint32_t>(bytes & ~3u, FC_MAX_PAYLOAD);
    if (bytes > frame.payload_bytes)
        memset(frame.payload + frame.payload_bytes, 0, bytes - frame.payload_bytes);
    frame.payload_bytes = uint16_t(bytes);
}

} // namespace

std::string fc_check_corrupt(const model_fault &fault)
{
    const char *what = fault.string("what");

    if (what && strcmp(what, "payload") && strcmp(what, "header") && strcmp(what, "crc") &&
        strcmp(what, "sof") && strcmp(what, "eof"))
        return std::string("what must be payload, header, crc, sof or eof, not '") + what + "'";
    if (fault.integer("offset", 0) < 0 || fault.integer("offset", 0) >= FC_MAX_PAYLOAD)
        return "offset must be 0 to 2111";
    return "";
}

std::string fc_check_edit(const model_fault &fault)
{
    const char *name = fault.string("field");
    const field *f = find(header_fields, name);
    bool delimiter = !strcmp(name, "sof") || !strcmp(name, "eof");
    int64_t most = UINT32_MAX;

    if (!f)
        f = find(payload_fields, name);
    if (!f && !delimiter && strcmp(name, "length"))
        return std::string("field: no such field: ") + name;
    if (fault.has("value") == fault.has("flip"))
        return "give value or flip";
    if (delimiter && (fault.has("flip") || !is_delimiter(name, fault.integer("value", 0))))
        return "value must be the code of a delimiter: SOF 0x2e, 0x36; EOF 0x41, 0x42, 0x49, 0x50";
    if (f)
        most = (1ll << 8 * f->bytes) - 1;
    for (const char *number : {"value", "flip"})
        if (fault.integer(number, 0) < 0 || fault.integer(number, 0) > most)
            return std::string(number) + " must be 0 to " + std::to_string(most);
    if (fault.integer("offset", 0) < 0 || fault.integer("offset", 0) >= FC_MAX_PAYLOAD)
        return "offset must be 0 to 2111";
    return "";
}

frame_ref fc_corrupted_frame(const fc_frame &frame, const model_fault &fault)
{
    frame_ref bad = fc_clone_frame(frame);
    const char *what = fault.string("what") ? fault.string("what") : "payload";
    size_t offset = size_t(fault.integer("offset", 0));

    if (!(bad->marks & TRACE_MARK_CRC))
        bad->crc = fc_frame_crc(frame);
    bad->marks |= TRACE_MARK_CRC | TRACE_MARK_CORRUPTED | TRACE_MARK_FAULT;
    if (!strcmp(what, "header"))
        bad->header[offset % FC_HEADER_BYTES] ^= 1;
    else if (!strcmp(what, "sof"))
        bad->sof = FC_SOF_GARBLED;
    else if (!strcmp(what, "eof"))
        bad->eof = FC_EOF_NI;
    else if (!strcmp(what, "crc") || bad->payload_bytes == 0)
        bad->crc ^= 1;
    else
        bad->payload[offset % bad->payload_bytes] ^= 1;
    return bad;
}

frame_ref fc_edited_frame(const fc_frame &frame, const model_fault &fault)
{
    frame_ref other = fc_clone_frame(frame);
    const char *name = fault.string("field");
    size_t offset = size_t(fault.integer("offset", 0));

    other->marks |= TRACE_MARK_CHANGED | TRACE_MARK_FAULT;
    if (const field *f = find(header_fields, name)) {
        put(other->header + f->at, f->bytes, changed(fault, get(other->header + f->at, f->bytes)));
    } else if (const field *p = find(payload_fields, name)) {
        if (offset + p->bytes <= other->payload_bytes)
            put(other->payload + offset, p->bytes, changed(fault, get(other->payload + offset, p->bytes)));
    } else if (!strcmp(name, "sof")) {
        other->sof = uint8_t(fault.integer("value", 0));
    } else if (!strcmp(name, "eof")) {
        other->eof = uint8_t(fault.integer("value", 0));
    } else {
        resize(*other, changed(fault, other->payload_bytes));
    }
    if (other->marks & TRACE_MARK_CRC)
        other->crc = fc_frame_crc(*other);
    return other;
}
