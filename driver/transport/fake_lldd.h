/* SPDX-License-Identifier: BSD-2-Clause */
/* A port driver for tests of the transport: strict about what the transport does, obedient or hostile in what
 * it does itself, with a target behind it that answers (fake_target.c), and a platform whose clock the test
 * moves.
 *
 * Strict: every call is checked against nvme_fc.h (handles that live, memory that is the transport's, no
 * request handed over twice, nothing sent to a port that is not online, no call from inside a call). What
 * does not fit fails the test on the spot. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "driver/list.h"
#include "driver/transport/nvme_host.h"
#include "driver/transport/nvme_wire.h"

enum { FAKE_QUEUES = 64, FAKE_EVENTS = 4096, FAKE_LOG_BYTES = 256 };

#define FAKE_ASSOCIATION 0x1122334455660000ull
#define FAKE_HOST_WWPN 0x10000090fa123456ull
#define FAKE_HOST_WWNN 0x20000090fa123456ull
#define FAKE_TARGET_WWPN 0x20010090fabbbbbbull
#define FAKE_TARGET_WWNN 0x20000090fabbbbbbull
#define FAKE_NQN "nqn.2026-01.org.slibench:subsystem0"

/* What becomes of a request that the driver took. */
enum fake_fate {
    FAKE_ANSWER, /* the target answers, done() in the next fake_service */
    FAKE_HOLD, /* nothing comes until fake_release or an abort */
    FAKE_DEAF /* nothing comes, and an abort has no effect either */
};

/* A hardware queue, and the target's connection behind it. */
struct fake_queue {
    bool live;
    unsigned qid;
    uint16_t entries;
    uint32_t rsn; /* of the last ERSP */
    uint16_t sq_head;
    unsigned answers;
};

struct fake_command {
    struct list_head link; /* fake.commands */
    struct nvmefc_fcp_req *req; /* NULL: slot of the fake is free */
    unsigned qid;
    struct fake_queue *queue;
    uint64_t serial; /* order of arrival, from 1 */
    uint8_t iu[NVME_FC_CMD_IU_BYTES];
    bool answered; /* done() is due */
    bool deaf;
    unsigned aborts;
    int status; /* of done() */
    uint16_t rsplen;
    uint32_t transferred;
    uint8_t ersp[NVME_FC_ERSP_IU_BYTES];
};

struct fake_ls {
    struct list_head link;
    struct nvmefc_ls_req *req;
    uint64_t serial;
    uint8_t request[1024], response[1024];
    uint32_t bytes, response_bytes;
    bool answered, deaf;
    unsigned aborts;
    int status;
};

struct fake {
    struct platform platform;
    struct platform_ops ops;
    struct trace_sink sink;
    uint64_t now_ns;
    uint64_t tick_ns; /* what each look at the clock takes; 0: nothing, as in simulated time */
    unsigned dma_live; /* pieces of memory not given back */
    bool dma_fails;
    char log[FAKE_LOG_BYTES]; /* the last line */
    bool inside; /* a callback of the driver runs */

    struct nvme_fc_transport *transport;
    struct nvme_fc_local_port *lport;
    struct nvme_fc_remote_port *rport;
    unsigned lports_deleted, rports_deleted;
    struct nvme_fc_remote_port *last_deleted;
    void (*on_rport_delete)(struct fake *fake, struct nvme_fc_remote_port *rport);

    struct fake_queue queues[FAKE_QUEUES];
    unsigned queues_live, queues_created, queues_deleted;
    struct list_head commands, ls;
    uint64_t serial;
    unsigned io_accepted, ls_accepted;

    /* What the next calls of the transport get; counted down, 0: normal. */
    int io_result, ls_result, queue_result, rsp_result;
    unsigned io_result_count, ls_result_count, queue_result_count, rsp_result_count;
    bool done_inside; /* hostile: done() from inside fcp_io, ls_req, fcp_abort, ls_abort */

    /* What becomes of each accepted request; NULL: answered. */
    enum fake_fate (*command_fate)(struct fake *fake, const struct fake_command *command);
    enum fake_fate (*ls_fate)(struct fake *fake, const struct fake_ls *ls);
    /* Changes the answer before it is delivered. */
    void (*edit_command)(struct fake *fake, struct fake_command *command);
    void (*edit_ls)(struct fake *fake, struct fake_ls *ls);
    void *context; /* the test's */

    /* The target (fake_target.c). */
    uint8_t identify[NVME_IDCTRL_BYTES];
    uint64_t cap;
    uint32_t cc, csts_polls; /* CSTS.RDY comes after so many polls */
    uint16_t granted_queues; /* 0-based */
    unsigned ersp_every; /* I/O queues: every n-th good answer is an ERSP; 1: all */

    struct nvmefc_ls_rsp *sent_rsp;
    unsigned rsps_not_wanted; /* given with rsplen 0 */
    uint8_t sent_rsp_payload[64];
    unsigned rsps_sent;

    struct trace_event events[FAKE_EVENTS];
    unsigned event_count;
};

/* Transport, local port, one remote port online. Time starts at 1 s. */
void fake_start(struct fake *fake);
/* Takes all back in order, and fails the test if anything is left over. */
void fake_stop(struct fake *fake);
struct nvme_fc_port_info fake_target_info(void);

/* done() of what was answered; then the transport's round. */
void fake_service(struct fake *fake);
/* Serves, and moves the clock from deadline to deadline, until `ns` have passed. */
void fake_run(struct fake *fake, uint64_t ns);
static inline void fake_run_ms(struct fake *fake, uint64_t ms)
{
    fake_run(fake, ms * 1000000);
}

/* A held request is answered after all. */
void fake_release(struct fake *fake, struct fake_command *command);
/* The n-th (0, 1, ...) outstanding command that the test may look at; NULL: none. */
struct fake_command *fake_command_at(struct fake *fake, unsigned index);
struct fake_ls *fake_ls_at(struct fake *fake, unsigned index);
struct fake_queue *fake_queue_of(struct fake *fake, unsigned qid); /* the first that lives */
unsigned fake_commands_out(const struct fake *fake);
void *fake_dma_cpu(struct fake *fake, uint64_t bus);

/* fake_target.c: what the target says. */
void fake_target_reset(struct fake *fake);
void fake_target_answer(struct fake *fake, struct fake_command *command);
void fake_target_answer_ls(struct fake *fake, struct fake_ls *ls);
void fake_ersp(struct fake *fake, struct fake_command *command, uint16_t status, uint64_t result);

/* A controller that is live. */
struct nvme_ctrl *fake_connect(struct fake *fake, const struct nvme_ctrl_options *options);
/* Deletes it, waits, frees it. */
void fake_end(struct fake *fake, struct nvme_ctrl *ctrl);

/* One read or write of `bytes` in one segment; done() counts. */
struct fake_io {
    struct nvme_request request;
    struct nvmefc_sge segment;
    unsigned done;
    uint64_t order; /* of completion among all */
};
void fake_io_prepare(struct fake_io *io, uint8_t opcode, uint32_t bytes);

/* A test with start() before it and stop() behind it. Criterion's own .fini does not do: what fails in there
 * does not count as a failure, and that everything was given back is half of what these tests say. */
#define FAKE_TEST(suite, name) \
    static void suite##_##name(void); \
    Test(suite, name) \
    { \
        start(); \
        suite##_##name(); \
        stop(); \
    } \
    static void suite##_##name(void)

unsigned fake_events(const struct fake *fake, enum trace_type type);
const struct trace_event *fake_event(const struct fake *fake, enum trace_type type, unsigned index);
