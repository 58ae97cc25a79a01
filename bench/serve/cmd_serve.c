/* SPDX-License-Identifier: BSD-2-Clause */
/* slibench serve: the port as a PCI device for somebody else's driver. */
#define _GNU_SOURCE
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include "bench/cli.h"
#include "bench/serve/control.h"
#include "bench/serve/serve.h"
#include "bench/serve/serve_trace.h"
#include "bench/serve/session.h"
#include "bench/serve/sessions.h"

struct arguments {
    struct serve_config config;
    unsigned wwpns;
    const char *control, *trace;
    unsigned trace_limit_mib;
};

static unsigned long long number(struct argp_state *state, const char *option, const char *text, int base,
                                 unsigned long long low, unsigned long long high)
{
    char *end;
    unsigned long long v;

    errno = 0;
    v = strtoull(text, &end, base);
    if (errno || !*text || *end || *text == '-' || v < low || v > high)
        argp_error(state,
                   base == 16 ? "--%s wants up to 16 hexadecimal digits, not '%s'"
                              : "--%s: '%s' is out of place or out of range",
                   option, text);
    return v;
}

static void add_socket(struct argp_state *state, struct serve_config *c, const char *path)
{
    if (c->world.port_count == WORLD_MAX_PORTS)
        argp_error(state, "more than %d sockets", WORLD_MAX_PORTS);
    c->sockets[c->world.port_count++] = path;
}

static void add_namespace(struct argp_state *state, struct world_target *t, const char *backing)
{
    if (t->namespace_count == WORLD_MAX_NAMESPACES)
        argp_error(state, "more than %d namespaces", WORLD_MAX_NAMESPACES);
    t->namespaces[t->namespace_count] =
        (struct world_namespace){.nsid = t->namespace_count + 1, .backing = backing};
    t->namespace_count++;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    struct world_config *w = &a->config.world;

    switch (key) {
    case 's':
        add_socket(state, &a->config, arg);
        break;
    case 'p':
        for (unsigned i = 0; i < WORLD_MAX_PORTS; i++)
            w->ports[i].profile = arg;
        break;
    case 'w':
        if (a->wwpns == WORLD_MAX_PORTS)
            argp_error(state, "more than %d WWPNs", WORLD_MAX_PORTS);
        w->ports[a->wwpns++].wwpn = number(state, "wwpn", arg, 16, 1, UINT64_MAX);
        break;
    case 'n':
        add_namespace(state, &w->targets[0], arg);
        break;
    case 'S':
        w->seed = number(state, "seed", arg, 10, 0, 1ull << 62);
        break;
    case 'L':
        if (strcmp(arg, "frame") && strcmp(arg, "rtl"))
            argp_error(state, "--link wants frame or rtl, not '%s'", arg);
        w->link = strcmp(arg, "rtl") ? WORLD_LINK_FRAME : WORLD_LINK_RTL;
        break;
    case 'e':
        if (!world_engine_of_name(arg, &w->engine))
            argp_error(state, "--engine wants behavioural, rtl or lockstep, not '%s'", arg);
        break;
    case 'c':
        a->control = arg;
        break;
    case 't':
        a->trace = arg;
        break;
    case 'm':
        a->trace_limit_mib = (unsigned)number(state, "trace-limit", arg, 10, 1, 1 << 20);
        break;
    case 'P':
        a->config.poll_us = (unsigned)number(state, "poll", arg, 10, 0, 1000);
        break;
    case 'q':
        a->config.quiet = true;
        break;
    case ARGP_KEY_END:
        if (!w->port_count)
            argp_error(state, "--socket is missing: where is the port to be served?");
        if (a->wwpns > w->port_count)
            argp_error(state, "%u WWPNs for %u ports", a->wwpns, w->port_count);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option option_table[] = {
    {"socket", 's', "PATH", 0, "serve a port there; again: one more port on the same fabric (up to 4)", 1},
    {"profile", 'p', "NAME", 0, "lpe32000 (default) or lpe31000", 2},
    {"wwpn", 'w', "HEX", 0, "WWPN of the first port; again: of the next", 2},
    {"link", 'L', "frame|rtl", 0, "link model (default frame)", 2},
    {"engine", 'e', "behavioural|rtl|lockstep", 0,
     "what decides about queues and exchanges (default behavioural); lockstep: both, which must agree", 2},
    {"namespace", 'n', "FILE|mem:SIZE", 0,
     "a namespace of the NVMe target, in a file or in memory (mem:64m); again: one more (default: one, "
     "mem:64m)",
     3},
    {"seed", 'S', "N", 0, "seed of the world (default 1)", 4},
    {"control", 'c', "PATH", 0, "socket for faults, probes and the trace (slibench ctl PATH ...)", 4},
    {"trace", 't', "DIR", 0, "write what happens there: portN.txt, fabric.txt, frames.pcapng", 4},
    {"trace-limit", 'm', "MIB", 0,
     "begin a trace file again at this size, keeping the last one as .old (default 64)", 4},
    {"poll", 'P', "US", 0,
     "look for a client's next message for so long before sleeping, at most 1000: register reads are faster "
     "where a "
     "processor has nothing else to do (default 0)",
     4},
    {"quiet", 'q', NULL, 0, "do not tell who comes and goes", 4},
    {0}};

static const struct argp argp = {
    option_table,
    parse,
    "",
    "Serves the port model as a PCI device over vfio-user, for QEMU's vfio-user-pci and other clients. Runs "
    "until "
    "SIGINT or SIGTERM.\v"
    "Simulated time follows the wall clock while a client is connected. A client may leave and another come; "
    "a port "
    "has one at a time.\n\n"
    "Exit status: 0 ended by a signal, 2 wrong usage, 3 the environment lacks something.",
    NULL,
    NULL,
    NULL};

/* ---- what else the loop listens to ---- */

struct running {
    struct serve *serve;
    struct control *control;
    struct serve_trace *trace;
    int signals;
};

static void on_signal(void *context)
{
    struct running *r = context;
    struct signalfd_siginfo info;

    if (read(r->signals, &info, sizeof info) == sizeof info)
        serve_quit(r->serve);
}

/* Blocked before the first thread is made, so that every thread has them blocked. */
static int block_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void on_control(void *context)
{
    struct running *r = context;

    control_serve(r->control);
    if (control_asked_to_quit(r->control))
        serve_quit(r->serve);
}

static bool listen_to(struct running *r, const struct arguments *a, char error[SERVE_ERROR_BYTES])
{
    struct control_options options = {.world = serve_world(r->serve),
                                      .bus = serve_trace(r->serve),
                                      .clock = "wall",
                                      .more = sessions_requests};

    _Static_assert((int)CONTROL_ERROR_BYTES <= (int)SERVE_ERROR_BYTES, "one room for both");
    if (r->signals < 0 || !serve_watch(r->serve, r->signals, on_signal, r)) {
        snprintf(error, SERVE_ERROR_BYTES, "signals: %s", strerror(errno));
        return false;
    }
    if (a->trace) {
        r->trace = serve_trace_begin(a->trace, a->config.world.port_count, (uint64_t)a->trace_limit_mib << 20,
                                     error);
        if (!r->trace || !trace_bus_add(serve_trace(r->serve), serve_trace_sink(r->trace)))
            return false;
    }
    if (!a->control)
        return true;
    r->control = control_create(&options);
    if (!r->control) {
        snprintf(error, SERVE_ERROR_BYTES, "no memory for the control socket");
        return false;
    }
    return control_listen(r->control, a->control, error) &&
           serve_watch(r->serve, control_fd(r->control), on_control, r);
}

static void tell_the_end(const struct serve *serve)
{
    struct serve_lag lag = serve_lag(serve);

    fprintf(
        stderr,
        "slibench serve: %.3f s simulated; behind the wall clock by at most %.3f ms, by more than 1 ms for "
        "%.3f s\n",
        (double)lag.simulated_ps / 1e12, (double)lag.worst_ns / 1e6, (double)lag.behind_ns / 1e9);
}

/* A path that is good in other folders, too: that of the folder, as the socket may not be there yet. */
static const char *whole_path(const char *path, char out[PATH_MAX])
{
    char folder[PATH_MAX - 128];

    if (!path || *path == '/' || !getcwd(folder, sizeof folder))
        return path;
    snprintf(out, PATH_MAX, "%s/%.120s", folder, path);
    return out;
}

static int serve(struct arguments *a, struct running *r)
{
    char error[SERVE_ERROR_BYTES], control[PATH_MAX];

    a->config.control = whole_path(a->control, control);
    r->serve = serve_create(&a->config, error);
    if (!r->serve || !listen_to(r, a, error)) {
        fprintf(stderr, "slibench serve: %s\n", error);
        return EXIT_ENVIRONMENT;
    }
    for (unsigned i = 0; i < a->config.world.port_count && !a->config.quiet; i++)
        fprintf(stderr, "slibench serve: port %u at %s\n", i, a->config.sockets[i]);
    serve_run(r->serve);
    if (!a->config.quiet)
        tell_the_end(r->serve);
    return EXIT_PASSED;
}

int cmd_serve(int argc, char **argv)
{
    struct arguments a = {.config.world = {.seed = 1, .target_count = 1, .targets[0].discovery = true},
                          .trace_limit_mib = SERVE_TRACE_LIMIT_MIB};
    struct running r;
    int status;

    if (argc == 2 && !strcmp(argv[1], "--session"))
        return session_run(SESSION_DESCRIPTOR);
    r = (struct running){.signals = block_signals()};
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    status = serve(&a, &r);
    if (r.control)
        control_destroy(r.control);
    if (r.serve)
        serve_destroy(r.serve);
    if (r.trace && !serve_trace_end(r.trace) && status == EXIT_PASSED)
        status = EXIT_ENVIRONMENT;
    if (r.signals >= 0)
        close(r.signals);
    return status;
}
