/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/serve/serve.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "bench/serve/listener.h"
#include "bench/serve/vfu_session.h"
#include "bench/serve/vfu_world.h"

enum {
    MOST_WATCHED = 32,
    NOTES = 4096,
    SHORTEST_SLEEP_NS = 3000,      /* to sleep for less costs more time than it lasts */
    TURNS_AWAKE = 16               /* after so many turns the descriptors are looked at all the same */
};

struct served_port {
    struct vfu_world_port shown; /* first: the functions that a session calls have its address */
    struct serve *serve;
    struct listener listener;
    struct vfu_device device;
    struct vfu_session *session; /* NULL: no client. The main thread's. */
    _Atomic bool ended; /* the session's last word */
};

/* What a session thread has for the trace, whose events come in the main thread. */
struct noted {
    enum trace_type type;
    unsigned port;
    const char *text;
    uint64_t a, b;
};

struct watched {
    int fd;
    void (*ready)(void *context);
    void *context;
};

struct serve {
    struct world *world;
    struct trace_bus bus;
    struct served_port ports[WORLD_MAX_PORTS];
    unsigned port_count;
    bool quiet, quit;
    unsigned poll_us;

    struct watched watched[MOST_WATCHED];
    unsigned watched_count;
    const struct serve_pacer *pacer;

    int wake_fd;
    _Atomic bool woken, sleeping;

    bool clock_runs;
    uint64_t epoch_ns, epoch_ps; /* wall clock and simulated time when it began to */
    uint64_t last_ns;
    struct serve_lag lag;

    pthread_mutex_t note_lock;
    struct noted notes[NOTES];
    unsigned note_count;
    uint64_t notes_lost;
};

/* ---- waking the main thread ---- */

static void wake(void *context)
{
    struct serve *s = context;
    uint64_t one = 1;

    s->woken = true;
    if (s->sleeping && write(s->wake_fd, &one, sizeof one) < 0)
        return; /* its counter is full: it is awake */
}

/* ---- what sessions have for the trace ---- */

static void remember(struct served_port *p, enum trace_type type, const char *text, uint64_t a, uint64_t b)
{
    struct serve *s = p->serve;

    if (!trace_wants(&s->bus.sink, type))
        return;
    pthread_mutex_lock(&s->note_lock);
    if (s->note_count < NOTES)
        s->notes[s->note_count++] = (struct noted){type, p->shown.index, text, a, b};
    else
        s->notes_lost++;
    pthread_mutex_unlock(&s->note_lock);
    wake(s);
}

static void emit(struct serve *s, const struct noted *n)
{
    struct trace_event e = trace_event_of(n->type, TRACE_BENCH, (uint8_t)n->port, world_now_ps(s->world));

    e.note = n->text;
    e.a = n->a;
    if (n->type == TRACE_NOTE)
        e.b = n->b;
    else
        e.count = n->b > UINT32_MAX ? UINT32_MAX : (uint32_t)n->b;
    if (trace_wants(&s->bus.sink, n->type))
        trace_emit(&s->bus.sink, &e);
}

static void emit_notes(struct serve *s)
{
    uint64_t lost;

    pthread_mutex_lock(&s->note_lock);
    for (unsigned i = 0; i < s->note_count; i++)
        emit(s, &s->notes[i]);
    s->note_count = 0;
    lost = s->notes_lost;
    s->notes_lost = 0;
    pthread_mutex_unlock(&s->note_lock);
    if (lost)
        emit(s, &(struct noted){TRACE_NOTE, 0, "notes of clients lost", lost, 0});
}

/* ---- the function, for the session's thread ---- */

static void note(void *context, const char *text, uint64_t a, uint64_t b)
{
    remember(context, TRACE_NOTE, text, a, b);
}

static void mapped(void *context, bool map, uint64_t address, uint64_t bytes)
{
    remember(context, map ? TRACE_DMA_MAP : TRACE_DMA_UNMAP, NULL, address, bytes);
}

/* ---- the host, for the world ---- */

static enum world_copy copy_by_message(struct served_port *p, uint64_t address, uint8_t *local, size_t bytes,
                                       bool to_host)
{
    while (bytes) {
        size_t piece;
        enum guest_copy kind =
            guest_memory_copy_piece(&p->device.memory, address, local, bytes, to_host, &piece);

        if (kind == GUEST_NOT_MAPPED ||
            (kind == GUEST_BY_MESSAGE && !vfu_session_dma(p->session, address, local, piece, to_host)))
            return WORLD_NOT_MAPPED;
        address += piece;
        local += piece;
        bytes -= piece;
    }
    return WORLD_COPIED;
}

static enum world_copy copy(void *context, uint64_t address, void *local, size_t bytes, bool to_host,
                            bool wait)
{
    struct served_port *p = context;

    if (!p->session)
        return WORLD_NOT_MAPPED;
    if (wait)
        return copy_by_message(p, address, local, bytes, to_host);
    switch (guest_memory_copy(&p->device.memory, address, local, bytes, to_host)) {
    case GUEST_COPIED:
        return WORLD_COPIED;
    case GUEST_BY_MESSAGE:
        return WORLD_MUST_WAIT;
    default:
        return WORLD_NOT_MAPPED;
    }
}

static void interrupt(void *context, unsigned vector)
{
    struct served_port *p = context;

    if (p->session)
        vfu_interrupt(&p->device, vector);
}

static void intx(void *context, bool asserted)
{
    struct served_port *p = context;

    if (p->session)
        vfu_intx(&p->device, asserted);
}

/* ---- the clock ---- */

static uint64_t wall_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static bool any_client(const struct serve *s)
{
    for (unsigned i = 0; i < s->port_count; i++)
        if (s->ports[i].session)
            return true;
    return false;
}

/* After clients came or went. */
static void set_clock(struct serve *s)
{
    bool runs = any_client(s);

    if (runs && !s->clock_runs) {
        s->epoch_ns = s->last_ns = wall_ns();
        s->epoch_ps = world_now_ps(s->world);
    }
    s->clock_runs = runs;
}

static uint64_t wall_ps(const struct serve *s)
{
    return s->epoch_ps + (wall_ns() - s->epoch_ns) * 1000;
}

static void record_lag(struct serve *s, uint64_t reached_ps)
{
    uint64_t now = wall_ns(), since = now - s->last_ns;
    uint64_t behind = now - s->epoch_ns - (reached_ps - s->epoch_ps) / 1000;

    s->last_ns = now;
    if (behind > s->lag.worst_ns)
        s->lag.worst_ns = behind;
    if (behind > SERVE_LAG_NS)
        s->lag.behind_ns += since;
}

struct serve_lag serve_lag(const struct serve *s)
{
    return s->lag;
}

/* ---- clients come and go ---- */

static size_t backlog(void *context)
{
    struct served_port *p = context;

    return world_backlog(p->shown.world, p->shown.index);
}

static void ended(void *context)
{
    struct served_port *p = context;

    p->ended = true;
    wake(p->serve);
}

static void say(const struct served_port *p, const char *what, const char *why)
{
    if (!p->serve->quiet)
        fprintf(stderr, "slibench serve: %s: %s%s%s\n", p->listener.path, what, why ? ": " : "",
                why ? why : "");
}

static void see_off(struct served_port *p)
{
    struct vfu_session *session = p->session;
    const char *reason;

    vfu_session_stop(session);
    /* Nothing touches the client's memory any more. */
    world_function_level_reset(p->shown.world, p->shown.index);
    p->session = NULL;
    reason = session->reason;
    vfu_session_join(session);
    vfu_device_close(&p->device);
    remember(p, TRACE_NOTE, reason ? reason : "client left", p->shown.index, 0);
    say(p, reason ? "client dropped" : "client left", reason);
    set_clock(p->serve);
}

static void welcome(void *context)
{
    struct served_port *p = context;
    struct vfu_session_hooks hooks = {backlog, ended, p};
    int fd = accept4(p->listener.fd, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0)
        return;
    if (p->session && (p->ended || vfu_session_is_deserted(p->session)))
        see_off(p);
    if (p->session) {
        say(p, "a second client was turned away", NULL);
        close(fd);
        return;
    }
    vfu_device_init(&p->device, &p->shown.function);
    p->ended = false;
    p->session = vfu_session_start(fd, &p->device, &hooks, p->serve->poll_us);
    if (!p->session) {
        vfu_device_close(&p->device);
        say(p, "client turned away", "no memory or no thread for it");
        return;
    }
    say(p, "client connected", NULL);
    remember(p, TRACE_NOTE, "client connected", p->shown.index, 0);
    set_clock(p->serve);
}

static void see_off_the_gone(struct serve *s)
{
    for (unsigned i = 0; i < s->port_count; i++)
        if (s->ports[i].session && s->ports[i].ended)
            see_off(&s->ports[i]);
}

/* ---- the loop ---- */

bool serve_watch(struct serve *s, int fd, void (*ready)(void *context), void *context)
{
    if (s->watched_count == MOST_WATCHED)
        return false;
    s->watched[s->watched_count++] = (struct watched){fd, ready, context};
    return true;
}

void serve_unwatch(struct serve *s, int fd)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < s->watched_count; i++)
        if (s->watched[i].fd != fd)
            s->watched[kept++] = s->watched[i];
    s->watched_count = kept;
}

void serve_set_pacer(struct serve *s, const struct serve_pacer *pacer)
{
    s->pacer = pacer;
    s->clock_runs = false;
    set_clock(s);
}

/* One run. Gives the time until the next one, in ns; -1: until something happens. */
static int64_t run_world(struct serve *s)
{
    uint64_t before = world_now_ps(s->world), until = before, reached, next;
    bool stop = false;

    if (s->pacer)
        until = s->pacer->until_ps(s->pacer->context, &stop);
    else if (s->clock_runs)
        until = wall_ps(s);
    reached = world_run_until(s->world, until, stop);
    if (s->pacer) {
        if (reached > before)
            s->pacer->ran(s->pacer->context);
        return -1;
    }
    if (!s->clock_runs)
        return -1;
    s->lag.simulated_ps += reached - before;
    record_lag(s, reached);
    next = world_next_activity_ps(s->world);
    if (next == UINT64_MAX)
        return -1;
    until = wall_ps(s);
    return next < until ? 0 : (int64_t)((next - until) / 1000 + 1);
}

/* The descriptors change under the calls: each call may add and remove. */
static void call_ready(struct serve *s, const struct pollfd *fds, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (!fds[i].revents)
            continue;
        for (unsigned k = 0; k < s->watched_count; k++) {
            if (s->watched[k].fd != fds[i].fd)
                continue;
            s->watched[k].ready(s->watched[k].context);
            break;
        }
    }
}

static void sleep_until_something(struct serve *s, int64_t ns)
{
    struct pollfd fds[MOST_WATCHED + 1];
    unsigned count = s->watched_count;
    struct timespec t = {ns / 1000000000, ns % 1000000000};
    uint64_t rings;

    for (unsigned i = 0; i < count; i++)
        fds[i] = (struct pollfd){.fd = s->watched[i].fd, .events = POLLIN};
    fds[count] = (struct pollfd){.fd = s->wake_fd, .events = POLLIN};
    s->sleeping = true;
    if (s->woken)
        t = (struct timespec){0};
    if (ppoll(fds, count + 1, ns < 0 && !s->woken ? NULL : &t, NULL) < 0)
        memset(fds, 0, sizeof fds);
    s->sleeping = false;
    s->woken = false;
    if (fds[count].revents && read(s->wake_fd, &rings, sizeof rings) < 0)
        return;
    call_ready(s, fds, count);
}

void serve_run(struct serve *s)
{
    unsigned turns = 0; /* since the descriptors were looked at */

    /* Sleeps as short as the model's steps: without this the kernel adds 50 us to each. */
    prctl(PR_SET_TIMERSLACK, 1ul);
    while (!s->quit) {
        int64_t ns = run_world(s);

        if (ns >= 0 && ns < SHORTEST_SLEEP_NS && ++turns < TURNS_AWAKE)
            continue;
        turns = 0;
        emit_notes(s);
        see_off_the_gone(s);
        if (!s->quit)
            sleep_until_something(s, ns);
    }
    run_world(s); /* to the end of the last sleep */
}

void serve_quit(struct serve *s)
{
    s->quit = true;
}

/* ---- life ---- */

static bool open_port(struct serve *s, unsigned index, const char *path, const char *control,
                      char error[SERVE_ERROR_BYTES])
{
    struct served_port *p = &s->ports[index];

    p->serve = s;
    p->listener.fd = -1;
    vfu_world_port_init(&p->shown, s->world, index, note, mapped, control);
    world_set_host(s->world, index,
                   &(struct world_host){.copy = copy, .interrupt = interrupt, .intx = intx, .context = p});
    if (!listener_open(&p->listener, path, error, SERVE_ERROR_BYTES))
        return false;
    s->port_count = index + 1;
    return serve_watch(s, p->listener.fd, welcome, p);
}

struct serve *serve_create(const struct serve_config *config, char error[SERVE_ERROR_BYTES])
{
    struct serve *s = calloc(1, sizeof *s);
    char why[WORLD_ERROR_BYTES];

    if (!s) {
        snprintf(error, SERVE_ERROR_BYTES, "no memory");
        return NULL;
    }
    s->quiet = config->quiet;
    s->poll_us = config->poll_us;
    pthread_mutex_init(&s->note_lock, NULL);
    trace_bus_init(&s->bus);
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->world = s->wake_fd < 0 ? NULL : world_create(&config->world, why);
    if (!s->world) {
        snprintf(error, SERVE_ERROR_BYTES, "%s", s->wake_fd < 0 ? strerror(errno) : why);
        serve_destroy(s);
        return NULL;
    }
    guest_memory_catch_faults();
    world_set_trace(s->world, &s->bus.sink);
    world_set_wake(s->world, wake, s);
    for (unsigned i = 0; i < config->world.port_count; i++) {
        if (!open_port(s, i, config->sockets[i], config->control, error)) {
            serve_destroy(s);
            return NULL;
        }
    }
    return s;
}

void serve_destroy(struct serve *s)
{
    for (unsigned i = 0; i < s->port_count; i++) {
        if (s->ports[i].session)
            see_off(&s->ports[i]);
        listener_close(&s->ports[i].listener);
    }
    if (s->world) {
        emit_notes(s);
        world_destroy(s->world);
    }
    if (s->wake_fd >= 0)
        close(s->wake_fd);
    pthread_mutex_destroy(&s->note_lock);
    free(s);
}

struct world *serve_world(struct serve *s)
{
    return s->world;
}

struct trace_bus *serve_trace(struct serve *s)
{
    return &s->bus;
}

bool serve_has_client(const struct serve *s, unsigned port)
{
    return port < s->port_count && s->ports[port].session;
}
