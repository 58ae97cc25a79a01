// SPDX-License-Identifier: BSD-2-Clause
// Frames: memory, headers.
#include "rtl-model/fc/frame.h"
#include <cassert>
#include <cstddef>
#include <endian.h>
#include <memory>
#include <vector>
#include "rtl-model/fc/fc_crc.h"

static_assert(offsetof(fc_frame, payload) == FC_HEADER_BYTES, "traces show header and payload as one piece");

namespace {

#if defined(__SANITIZE_ADDRESS__)

// No pool: so the sanitizer sees every use of a frame after its last reference.
fc_frame *take_frame()
{
    return new fc_frame;
}
void give_frame(fc_frame *frame)
{
    delete frame;
}

#else

// Frames are recycled last in, first out, so that a busy link works in the cache. More than this in use at
// a time means that somebody does not let go of them.
constexpr size_t chunk_frames = 64, max_chunks = 1024;

std::vector<std::unique_ptr<fc_frame[]>> chunks;
fc_frame *free_frames;

void add_chunk()
{
    assert(chunks.size() < max_chunks);
    chunks.emplace_back(new fc_frame[chunk_frames]);
    for (size_t i = 0; i < chunk_frames; i++) {
        chunks.back()[i].next_free = free_frames;
        free_frames = &chunks.back()[i];
    }
}

fc_frame *take_frame()
{
    if (!free_frames)
        add_chunk();
    fc_frame *frame = free_frames;
    free_frames = frame->next_free;
    return frame;
}

void give_frame(fc_frame *frame)
{
    frame->next_free = free_frames;
    free_frames = frame;
}

#endif

} // namespace

void fc_recycle_frame(fc_frame *frame)
{
    give_frame(frame);
}

frame_ref fc_make_frame(const fc_header &h, unsigned data_bytes)
{
    assert(data_bytes <= FC_MAX_PAYLOAD);
    fc_frame *f = take_frame();
    unsigned fill = -data_bytes & 3;

    f->header[FC_R_CTL_AT] = h.r_ctl;
    put_be24(f->header + FC_D_ID_AT, h.d_id);
    f->header[FC_CS_CTL_AT] = 0;
    put_be24(f->header + FC_S_ID_AT, h.s_id);
    f->header[FC_TYPE_AT] = h.type;
    put_be24(f->header + FC_F_CTL_AT, (h.f_ctl & ~uint32_t{FC_FCTL_FILL_MASK}) | fill);
    f->header[FC_SEQ_ID_AT] = h.seq_id;
    f->header[FC_DF_CTL_AT] = 0;
    put_be16(f->header + FC_SEQ_CNT_AT, h.seq_cnt);
    put_be16(f->header + FC_OX_ID_AT, h.ox_id);
    put_be16(f->header + FC_RX_ID_AT, h.rx_id);
    put_be32(f->header + FC_PARAMETER_AT, h.parameter);

    memset(f->payload + data_bytes, 0, fill);
    f->payload_bytes = uint16_t(data_bytes + fill);
    f->sof = h.seq_cnt == 0 ? FC_SOF_I3 : FC_SOF_N3;
    f->eof = h.f_ctl & FC_FCTL_END_SEQ ? FC_EOF_T : FC_EOF_N;
    f->marks = 0;
    f->crc = 0;
    f->references = 1;
    return frame_ref(f);
}

frame_ref fc_clone_frame(const fc_frame &frame)
{
    fc_frame *f = take_frame();

    memcpy(f, &frame, offsetof(fc_frame, payload) + frame.payload_bytes);
    f->payload_bytes = frame.payload_bytes;
    f->sof = frame.sof;
    f->eof = frame.eof;
    f->marks = frame.marks;
    f->crc = frame.crc;
    f->references = 1;
    return frame_ref(f);
}

uint32_t fc_frame_crc(const fc_frame &frame)
{
    return htole32(fc_crc32(frame.header, frame.payload, frame.payload_bytes));
}

trace_event fc_frame_event(trace_type type, trace_source source, uint8_t port, const fc_frame &frame,
                           uint64_t time)
{
    trace_event e = trace_event_of(type, source, port, time);

    e.s_id = frame.s_id();
    e.d_id = frame.d_id();
    e.ox_id = frame.ox_id();
    e.rx_id = frame.rx_id();
    e.data = &frame;
    e.data_bytes = uint32_t(FC_HEADER_BYTES + frame.payload_bytes);
    e.marks = frame.marks;
    e.sof = frame.sof;
    e.eof = frame.eof;
    e.crc = frame.crc;
    return e;
}
