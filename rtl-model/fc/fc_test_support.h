// SPDX-License-Identifier: BSD-2-Clause
// For the tests of links and switch: bytes from hex, golden frames, a port that records, a trace that
// records.
#pragma once
#include <criterion/criterion.h>
#include <systemc>
#include <cstring>
#include <string>
#include <vector>
#include "rtl-model/context.h"
#include "rtl-model/fc/fc_link.h"
#include "rtl-model/rtl/golden_frames.h"

inline std::vector<uint8_t> from_hex(const char *hex)
{
    std::vector<uint8_t> bytes;

    for (; hex[0] && hex[1]; hex += 2) {
        const char digits[] = {hex[0], hex[1], 0};
        bytes.push_back(uint8_t(strtoul(digits, nullptr, 16)));
    }
    return bytes;
}

inline std::string to_hex(const uint8_t *bytes, size_t count)
{
    std::string hex;
    char two[3];

    for (size_t i = 0; i < count; i++) {
        snprintf(two, sizeof two, "%02x", bytes[i]);
        hex += two;
    }
    return hex;
}

inline const char *golden_hex(const char *name)
{
    for (const golden_frame &g : golden_frames)
        if (!strcmp(g.name, name))
            return g.hex;
    cr_assert_fail("no golden frame %s", name);
    return "";
}

// A frame from the hex of header and payload.
inline frame_ref frame_from(const char *hex)
{
    std::vector<uint8_t> bytes = from_hex(hex);
    const uint8_t *h = bytes.data();
    fc_header header = {h[0],
                        get_be24(h + 1),
                        get_be24(h + 5),
                        h[8],
                        get_be24(h + 9),
                        h[12],
                        get_be16(h + 14),
                        get_be16(h + 16),
                        get_be16(h + 18),
                        get_be32(h + 20)};
    frame_ref f = fc_make_frame(header, unsigned(bytes.size() - FC_HEADER_BYTES));

    memcpy(f->payload, h + FC_HEADER_BYTES, bytes.size() - FC_HEADER_BYTES);
    return f;
}

inline frame_ref golden(const char *name)
{
    return frame_from(golden_hex(name));
}

inline std::string hex_of(const fc_frame &frame)
{
    return to_hex(frame.header, FC_HEADER_BYTES) + to_hex(frame.payload, frame.payload_bytes);
}

// Criterion keeps pointers across statements, so strings must live in a function's frame.
inline void expect_hex(const std::string &got, const char *expected)
{
    cr_expect(got == expected, "got %s, expected %s", got.c_str(), expected);
}

// Data of an exchange, 0x010100 to 0x010200.
inline frame_ref data_frame(unsigned bytes, uint16_t seq_cnt = 0)
{
    fc_header h = {FC_RCTL_SOLICITED_DATA,
                   0x010200,
                   0x010100,
                   FC_TYPE_FCP,
                   FC_FCTL_READ_DATA,
                   1,
                   seq_cnt,
                   0x10,
                   0x20,
                   0};
    frame_ref f = fc_make_frame(h, bytes);

    memset(f->payload, 0x5a, bytes);
    return f;
}

class recording_port : public fc_port {
public:
    explicit recording_port(fc_link_end &link_end) : m_end(link_end) { link_end.attach(*this); }

    void frame_arrived(frame_ref frame) override
    {
        frames.push_back(frame);
        times.push_back(now_ps());
        if (releases)
            m_end.release_buffer();
    }
    void transmit_ready() override { ready++; }
    void link_changed(bool is_up, unsigned gbit) override
    {
        up = is_up;
        speed = gbit;
        changes++;
    }

    std::string last() const { return frames.empty() ? "" : hex_of(*frames.back()); }

    std::vector<frame_ref> frames;
    std::vector<uint64_t> times;
    bool releases = true, up = false;
    unsigned ready = 0, changes = 0, speed = 0;

private:
    fc_link_end &m_end;
};

struct recorded_event {
    trace_event event;
    std::string note;
};

class recording_trace {
public:
    explicit recording_trace(model_context &context)
    {
        m_sink = {take, this, ~uint64_t{0}};
        context.trace = &m_sink;
    }

    std::vector<recorded_event> of(trace_type type) const
    {
        std::vector<recorded_event> found;
        for (const recorded_event &e : events)
            if (e.event.type == type)
                found.push_back(e);
        return found;
    }

    std::vector<recorded_event> events;

private:
    static void take(void *context, const trace_event *e)
    {
        static_cast<recording_trace *>(context)->events.push_back({*e, e->note ? e->note : ""});
    }

    trace_sink m_sink;
};

inline void kernel_set_up()
{
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    sc_core::sc_set_time_resolution(1, sc_core::SC_PS);
}

// What is due at the end of the time runs, too.
inline void run_for(uint64_t ps)
{
    sc_core::sc_start(sc_core::sc_time::from_value(ps + 1));
}
