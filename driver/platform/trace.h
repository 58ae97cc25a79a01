/* SPDX-License-Identifier: BSD-2-Clause */
/* The trace: everything that happens on a port, as one stream of typed events (design: docs/architecture.md).
 *
 * The model, the driver and the transport emit events; checkers, captures, ladders, counters and scenario
 * expectations read them. Nobody prints. An event lives only during the call of the sink: who wants to keep
 * it copies it, `data` included.
 *
 * An emitter asks trace_wants() first, so that an event nobody listens to costs one load and one branch. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Who saw it. The same WQE is seen by the driver (posted) and by the port (fetched): two events. */
enum trace_source {
    TRACE_DRIVER,
    TRACE_TRANSPORT,
    TRACE_PORT, /* the SLI-4 port model */
    TRACE_LINK,
    TRACE_SWITCH,
    TRACE_TARGET,
    TRACE_BENCH,
    TRACE_SOURCES
};

/* X(NAME, text): the meaning of id fields that are not obvious stands in the text. */
#define TRACE_TYPES(X) \
    X(REG_READ, "register read: a = BAR << 32 | offset, b = value") \
    X(REG_WRITE, "register write: a = BAR << 32 | offset, b = value") \
    X(DOORBELL, "doorbell: a = offset, b = value, queue = id in it, count = entries") \
    X(CONFIG_READ, "PCI config read: a = offset, b = value, count = width") \
    X(CONFIG_WRITE, "PCI config write: a = offset, b = value, count = width") \
    X(DMA_READ, "port reads host memory: a = address, count = bytes") \
    X(DMA_WRITE, "port writes host memory: a = address, count = bytes") \
    X(DMA_MAP, "host gives memory to the port: a = address, count = bytes") \
    X(DMA_UNMAP, "host takes it back: a = address, count = bytes") \
    X(MBX_REQUEST, "mailbox command, data = 256 bytes, a = 1 if bootstrap, b = opcode (SLI_CONFIG: " \
                   "0x9b0000 | subsystem << 8 | opcode)") \
    X(MBX_RESPONSE, \
      "its answer, data = 256 bytes, a, b as in the request, status = MQE status | config status << 16") \
    X(QUEUE_CREATE, "queue = id, a = kind (enum trace_queue_kind), count = depth, b = parent queue id") \
    X(QUEUE_DESTROY, "queue = id, a = kind") \
    X(WQE_POST, "driver wrote a WQE into the ring: data = WQE, queue, tag, xri, rpi, a = ring index") \
    X(WQE_FETCH, "port fetched it: as WQE_POST") \
    X(CQE_WRITE, "port wrote a CQE: data = 16 bytes, queue, tag, xri where it has one, a = ring index") \
    X(CQE_TAKE, "driver took it: as CQE_WRITE") \
    X(EQE_WRITE, "port wrote an EQE: queue = EQ id, a = CQ id") \
    X(EQE_TAKE, "driver took it: as EQE_WRITE") \
    X(INTERRUPT, "vector = a; note = INTx, on or off, if it is no message") \
    X(RQ_POST, "driver posted receive buffers: queue, count") \
    X(RQ_CONSUME, "port filled a receive buffer pair: queue, a = index") \
    X(SGL_POST, "SGL pages bound to xri: a = page 0, b = page 1") \
    X(FRAME_TX, \
      "first word of a frame leaves a port: data = header + payload, a = link (port handle of its node)") \
    X(FRAME_RX, "last word of a frame arrived: as FRAME_TX") \
    X(FRAME_DROP, "frame discarded: as FRAME_TX, note = why") \
    X(PRIMITIVE, "ordered set or sequence: a = enum fc_primitive, b = 1 received, 0 sent, count") \
    X(CREDIT, "BB credit of the sender as a frame starts: a = in use with it, b = granted") \
    X(LINK_STATE, "a = 1 up, 0 down; b = speed in Gbit/s") \
    X(PORT_STATE, "port: a = enum trace_port_state, b = STATUS register") \
    X(XRI_STATE, "exchange state in the port: xri, a = new, b = old (enum trace_xri_state)") \
    X(RPI_STATE, "rpi, a = 1 registered, 2 being unregistered, 0 free; d_id") \
    X(ASYNC_EVENT, "port posted an ACQE: data = 16 bytes") \
    X(EXCHANGE, "target exchange: xri = OX_ID, a = stage (enum trace_exchange_stage)") \
    X(NODE_STATE, "driver node: d_id, rpi, a = new, b = old state") \
    X(IO_SUBMIT, "transport handed a request to the driver: a = request id, queue = qidx, tag = NVMe " \
                 "command id, b = opcode, count = bytes, status = return value") \
    X(IO_DONE, \
      "done() of that request: a = request id, tag, xri, status, count = transferred, b = rsp length") \
    X(IO_ABORT, "transport asked for an abort: a = request id") \
    X(LS_SUBMIT, "LS request: a = request id, b = LS command, count = bytes, status = return value") \
    X(LS_DONE, "done() of it: a = request id, status") \
    X(LS_ABORT, "transport asked for its abort: a = request id") \
    X(RPORT, \
      "remote port with the transport: d_id, a = 1 registered, 0 unregistered, 2 delete callback; b = WWPN") \
    X(LPORT, "local port with the transport: a = 1 registered, 0 unregistered, 2 delete callback; b = WWPN") \
    X(STAGE, "timing of one I/O in the model: xri, a = enum trace_stage, time is its end") \
    X(FAULT, "fault control acted: note = verb, a = handle; on a frame: its ids and bytes") \
    X(BREACH, "a rule was broken: note = rule and text") \
    X(NOTE, "free text from a script or a reserved-bit check")

enum trace_type {
#define X(name, text) TRACE_##name,
    TRACE_TYPES(X)
#undef X
        TRACE_TYPE_COUNT
};

enum trace_queue_kind { TRACE_EQ, TRACE_CQ, TRACE_MQ, TRACE_WQ, TRACE_RQ };

enum trace_port_state { TRACE_PORT_RESET, TRACE_PORT_READY, TRACE_PORT_ERROR, TRACE_PORT_DEAD };

/* sli4-io.md 5.1 and 5.7 */
enum trace_xri_state { TRACE_XRI_UNPOSTED, TRACE_XRI_FREE, TRACE_XRI_ACTIVE, TRACE_XRI_BUSY };

enum trace_exchange_stage {
    TRACE_EXCH_OPEN,
    TRACE_EXCH_HELD,
    TRACE_EXCH_DATA,
    TRACE_EXCH_RESPONDED,
    TRACE_EXCH_ABORTED,
    TRACE_EXCH_GONE
};

/* Where the time of one I/O goes; each is the END of the stage named (docs/timing.md). */
enum trace_stage {
    TRACE_STAGE_DOORBELL,
    TRACE_STAGE_WQE_FETCHED,
    TRACE_STAGE_CMND_SENT,
    TRACE_STAGE_CMND_AT_TARGET,
    TRACE_STAGE_TARGET_SERVED,
    TRACE_STAGE_DATA_MOVED,
    TRACE_STAGE_RSP_AT_PORT,
    TRACE_STAGE_CQE_WRITTEN,
    TRACE_STAGE_INTERRUPT,
    TRACE_STAGES
};

#define TRACE_NO_ID 0xffffffffu

struct trace_event {
    uint64_t time_ps; /* model: simulated time; silicon: monotonic clock */
    uint16_t type; /* enum trace_type */
    uint8_t source; /* enum trace_source */
    uint8_t port; /* which HBA port, switch port or target port of the world (its handle) */
    uint32_t queue; /* ids that do not apply are TRACE_NO_ID */
    uint32_t tag; /* request tag */
    uint32_t xri; /* = OX_ID of an exchange that this HBA originated */
    uint32_t rpi;
    uint32_t s_id, d_id; /* frames, nodes */
    uint32_t ox_id, rx_id; /* frames */
    uint32_t count;
    uint32_t status;
    uint64_t a, b;
    const void *data;
    uint32_t data_bytes;
    uint32_t marks; /* enum trace_mark */
    uint32_t sof, eof; /* frames: one-byte codes of fc-wire.md 1.4 (0x2E, 0x42, ...) */
    uint32_t crc; /* frames: CRC as sent, valid only with TRACE_MARK_CRC */
    const char *note; /* static string, or valid during the call */
};

enum trace_mark {
    TRACE_MARK_CORRUPTED = 1, /* a fault changed this frame on purpose: its CRC is bad */
    TRACE_MARK_CRC = 2, /* `crc` was computed by the sender (RTL); else the capture computes it */
    TRACE_MARK_FAULT = 4, /* caused by a fault control */
    TRACE_MARK_CHANGED = 8 /* a fault on the wire edited or repeated it: it is not as its sender sent it */
};

struct trace_sink {
    void (*event)(void *context, const struct trace_event *event);
    void *context;
    uint64_t wanted; /* bit n: events of type n */
};

#ifdef __cplusplus
static_assert(TRACE_TYPE_COUNT <= 64, "trace types fit the mask");
#else
_Static_assert(TRACE_TYPE_COUNT <= 64, "trace types fit the mask");
#endif

/* One question for several types, where an operation emits more than one; `types` is a sum of
 * TRACE_BIT(type). */
#define TRACE_BIT(type) (1ull << (type))
static inline bool trace_wants_any(const struct trace_sink *sink, uint64_t types)
{
    /* The mask may change while another thread asks (a served port). */
    return __builtin_expect(sink && __atomic_load_n(&sink->wanted, __ATOMIC_RELAXED) & types, 0);
}

static inline bool trace_wants(const struct trace_sink *sink, enum trace_type type)
{
    return trace_wants_any(sink, TRACE_BIT(type));
}

/* An event with every id absent; the caller fills in what it knows and calls trace_emit. */
static inline struct trace_event trace_event_of(enum trace_type type, enum trace_source source, uint8_t port,
                                                uint64_t time_ps)
{
    struct trace_event e;
    e.time_ps = time_ps;
    e.type = (uint16_t)type;
    e.source = (uint8_t)source;
    e.port = port;
    e.queue = e.tag = e.xri = e.rpi = e.s_id = e.d_id = e.ox_id = e.rx_id = TRACE_NO_ID;
    e.count = e.status = 0;
    e.a = e.b = 0;
    e.data = NULL;
    e.data_bytes = e.marks = e.sof = e.eof = e.crc = 0;
    e.note = NULL;
    return e;
}

static inline void trace_emit(const struct trace_sink *sink, const struct trace_event *event)
{
    sink->event(sink->context, event);
}

#ifdef __cplusplus
}
#endif
