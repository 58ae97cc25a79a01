/* SPDX-License-Identifier: BSD-2-Clause */
/* slibench ctl: the control socket of a served port, for people and for the shell scripts of guest jobs. */
#define _GNU_SOURCE
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/cli.h"
#include "bench/serve/control_client.h"
#include "bench/serve/trace_json.h"
#include "bench/trace_bus.h"
#include "bench/trace_log.h"

enum { MOST_WORDS = 40, DEFAULT_TIMEOUT_S = 10 };

struct arguments {
    const char *words[MOST_WORDS]; /* SOCKET VERB [name=value ...] */
    unsigned count;
    unsigned timeout_ms;
    bool json;
};

/* One connection and what was asked for on it. */
struct ctl {
    const struct arguments *a;
    struct control_client *client;
    char error[CONTROL_CLIENT_ERROR_BYTES];
    uint64_t events, most_events;  /* trace */
};

static volatile sig_atomic_t stop_requested;

static void on_signal(int number)
{
    (void)number;
    stop_requested = 1;
}

static int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int complain(const char *format, ...)
{
    va_list args;

    fputs("slibench ctl: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return EXIT_USAGE;
}

/* What a failed question ends with: the server said no, or there is no server. */
static int failed(const struct ctl *ctl)
{
    complain("%s", ctl->error);
    return control_client_broken(ctl->client) ? EXIT_ENVIRONMENT : EXIT_SCENARIO_FAILED;
}

static json_t *ask(struct ctl *ctl, json_t *request)
{
    return control_client_ask(ctl->client, request, ctl->a->timeout_ms, ctl->error);
}

static int print_json(json_t *answer)
{
    json_dumpf(answer, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(answer);
    return EXIT_PASSED;
}

/* ---- name=value ---- */

/* Splits at '='; the name is cut off at `bytes`. NULL: there is no '='. */
static const char *split(const char *word, char *name, size_t bytes)
{
    const char *equals = strchr(word, '=');

    if (equals)
        snprintf(name, bytes, "%.*s", (int)(equals - word), word);
    return equals ? equals + 1 : NULL;
}

static bool number(const char *text, int64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoll(text, &end, 0);
    return !errno && *text && !*end;
}

/* A value of the type that the server names. NULL: it is none. */
static json_t *value_of_type(const char *text, const char *type)
{
    int64_t n;

    if (!strcmp(type, "string"))
        return json_string(text);
    if (!strcmp(type, "boolean"))
        return !strcmp(text, "true") ? json_true() : !strcmp(text, "false") ? json_false() : NULL;
    return number(text, &n) ? json_integer(n) : NULL;
}

static const json_t *find_named(const json_t *list, const char *name)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        const char *its = json_string_value(json_object_get(one, "name"));
        if (its && !strcmp(its, name))
            return one;
    }
    return NULL;
}

/* The words from `first` on as arguments of a verb. NULL: said what is wrong. */
static json_t *arguments_of(const struct arguments *a, unsigned first, const json_t *verb,
                            const char *verb_name)
{
    json_t *args = json_object();

    for (unsigned i = first; i < a->count; i++) {
        char name[64];
        const char *text = split(a->words[i], name, sizeof name), *type;
        const json_t *argument;
        json_t *value;
        if (!text) {
            complain("'%s': arguments are name=value", a->words[i]);
            json_decref(args);
            return NULL;
        }
        argument = find_named(json_object_get(verb, "arguments"), name);
        type = json_string_value(json_object_get(argument, "type"));
        value = type ? value_of_type(text, type) : NULL;
        if (!value || json_object_get(args, name)) {
            if (!type)
                complain("%s has no argument '%s' (slibench ctl SOCKET verbs lists them)", verb_name, name);
            else if (!value)
                complain("%s: '%s' must be a %s, not '%s'", verb_name, name,
                         !strcmp(type, "integer")   ? "whole number"
                         : !strcmp(type, "boolean") ? "value true or false"
                                                    : type,
                         text);
            else
                complain("%s: '%s' is given twice", verb_name, name);
            json_decref(value);
            json_decref(args);
            return NULL;
        }
        json_object_set_new(args, name, value);
    }
    return args;
}

/* ---- verbs and probes ---- */

static void show_list(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i), *args = json_object_get(v, "arguments");
        printf("%-24s [%s] %s\n", json_string_value(json_object_get(v, "name")),
               json_string_value(json_object_get(v, "capability")),
               json_string_value(json_object_get(v, "help")));
        for (size_t k = 0; k < json_array_size(args); k++) {
            const json_t *a = json_array_get(args, k);
            printf("    %-18s %-8s %s%s\n", json_string_value(json_object_get(a, "name")),
                   json_string_value(json_object_get(a, "type")),
                   json_string_value(json_object_get(a, "help")),
                   json_is_true(json_object_get(a, "required")) ? " (required)" : "");
        }
    }
}

static bool is_list(const json_t *list)
{
    static const char *const texts[] = {"name", "capability", "help"};

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i), *args = json_object_get(v, "arguments");
        for (unsigned k = 0; k < 3; k++)
            if (!json_is_string(json_object_get(v, texts[k])))
                return false;
        for (size_t k = 0; k < json_array_size(args); k++) {
            const json_t *a = json_array_get(args, k);
            if (!json_is_string(json_object_get(a, "name")) || !json_is_string(json_object_get(a, "type")) ||
                !json_is_string(json_object_get(a, "help")))
                return false;
        }
    }
    return json_is_array(list);
}

/* The server's verbs and probes; NULL: said why not, with *status. */
static json_t *all_verbs(struct ctl *ctl, int *status)
{
    json_t *answer = ask(ctl, json_pack("{ss}", "do", "verbs"));

    if (!answer) {
        *status = failed(ctl);
        return NULL;
    }
    if (is_list(json_object_get(answer, "verbs")) && is_list(json_object_get(answer, "probes")))
        return answer;
    complain("the server's list of verbs makes no sense");
    *status = EXIT_ENVIRONMENT;
    json_decref(answer);
    return NULL;
}

static int show_verbs(struct ctl *ctl)
{
    int status;
    json_t *all = all_verbs(ctl, &status);

    if (!all)
        return status;
    if (ctl->a->json)
        return print_json(all);
    show_list(json_object_get(all, "verbs"));
    puts("\nProbes (slibench ctl SOCKET probe NAME [name=value ...]):");
    show_list(json_object_get(all, "probes"));
    json_decref(all);
    return EXIT_PASSED;
}

/* Asks for verb or probe `name` with the words from `first` on; prints the number called `result`, unless it is 0 and
 * `quiet_zero`. */
static int call(struct ctl *ctl, const char *list, const char *name, unsigned first, const char *what,
                const char *key, const char *result, bool quiet_zero)
{
    int status = EXIT_USAGE;
    json_t *all = all_verbs(ctl, &status), *args = NULL, *answer;
    const json_t *verb;

    if (!all)
        return status;
    verb = find_named(json_object_get(all, list), name);
    if (verb)
        args = arguments_of(ctl->a, first, verb, name);
    else
        complain("the model has no %.*s '%s' (slibench ctl SOCKET verbs lists them)", (int)strlen(list) - 1,
                 list, name);
    if (!args) {
        json_decref(all);
        return EXIT_USAGE;
    }
    answer = ask(ctl, json_pack("{ss ss so}", "do", what, key, name, "args", args));
    json_decref(all);
    if (!answer)
        return failed(ctl);
    if (ctl->a->json)
        return print_json(answer);
    json_int_t n = json_integer_value(json_object_get(answer, result));
    if (n || !quiet_zero)
        printf("%lld\n", (long long)n);
    json_decref(answer);
    return EXIT_PASSED;
}

static int inject(struct ctl *ctl)
{
    return call(ctl, "verbs", ctl->a->words[1], 2, "inject", "verb", "handle", true);
}

static int probe(struct ctl *ctl)
{
    if (ctl->a->count < 3)
        return complain("probe wants the name of a probe (slibench ctl SOCKET verbs lists them)");
    return call(ctl, "probes", ctl->a->words[2], 3, "probe", "name", "value", false);
}

/* clear HANDLE, hits HANDLE */
static int with_handle(struct ctl *ctl)
{
    const char *what = ctl->a->words[1];
    int64_t handle;
    json_t *answer;

    if (ctl->a->count != 3 || !number(ctl->a->words[2], &handle))
        return complain("%s wants the number that the fault's verb printed", what);
    answer = ask(ctl, json_pack("{ss sI}", "do", what, "handle", (json_int_t)handle));
    if (!answer)
        return failed(ctl);
    if (ctl->a->json)
        return print_json(answer);
    if (!strcmp(what, "hits"))
        printf("%lld\n", (long long)json_integer_value(json_object_get(answer, "hits")));
    json_decref(answer);
    return EXIT_PASSED;
}

/* ---- info, quit ---- */

static int info(struct ctl *ctl)
{
    json_t *answer = ask(ctl, json_pack("{ss}", "do", "info")), *value;
    const char *key;

    if (!answer)
        return failed(ctl);
    if (ctl->a->json)
        return print_json(answer);
    json_object_foreach(answer, key, value) {
        char *text;
        if (!strcmp(key, "ok"))
            continue;
        text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        printf("%-16s %s\n", key, json_is_string(value) ? json_string_value(value) : text ? text : "");
        free(text);
    }
    json_decref(answer);
    return EXIT_PASSED;
}

static int quit(struct ctl *ctl)
{
    json_t *answer = ask(ctl, json_pack("{ss}", "do", "quit"));

    if (!answer)
        return failed(ctl);
    json_decref(answer);
    return EXIT_PASSED;
}

/* ---- trace ---- */

static void show_event(void *context, const struct trace_event *e)
{
    struct ctl *ctl = context;
    static char line[TRACE_JSON_BYTES];

    if (ctl->events++ >= ctl->most_events)
        return;
    if (ctl->a->json) {
        fwrite(line, 1, trace_json_write(e, true, line), stdout);
        return;
    }
    trace_line(e, line, sizeof line);
    puts(line);
}

static void show_lost(void *context, uint64_t events)
{
    (void)context;
    fflush(stdout);
    complain("%llu events were lost here: this end reads too slowly", (unsigned long long)events);
}

/* A,B,C as a list. */
static json_t *list_of(const char *text)
{
    json_t *all = json_array();
    char *copy = strdup(text), *rest = copy, *one;

    while (copy && (one = strsep(&rest, ",")))
        json_array_append_new(all, json_string(one));
    free(copy);
    return all;
}

/* trace [types=A,B] [sources=A,B] [port=N] [count=N] */
static json_t *trace_request(struct ctl *ctl)
{
    json_t *request = json_pack("{ss sb sb}", "do", "trace", "on", 1, "data", 1);

    ctl->most_events = UINT64_MAX;
    for (unsigned i = 2; i < ctl->a->count; i++) {
        char name[32];
        const char *text = split(ctl->a->words[i], name, sizeof name);
        int64_t n;
        if (text && (!strcmp(name, "types") || !strcmp(name, "sources"))) {
            json_object_set_new(request, name, list_of(text));
        } else if (text && !strcmp(name, "port") && number(text, &n)) {
            json_object_set_new(request, name, json_integer(n));
        } else if (text && !strcmp(name, "count") && number(text, &n) && n > 0) {
            ctl->most_events = (uint64_t)n;
        } else {
            complain("trace: '%s' is none of types=A,B sources=A,B port=NUMBER count=NUMBER",
                     ctl->a->words[i]);
            json_decref(request);
            return NULL;
        }
    }
    return request;
}

static int trace(struct ctl *ctl)
{
    json_t *request = trace_request(ctl), *answer;
    struct sigaction act = {.sa_handler = on_signal};

    if (!request)
        return EXIT_USAGE;
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    control_client_listen(
        ctl->client, &(struct control_client_sink){.event = show_event, .lost = show_lost, .context = ctl});
    answer = ask(ctl, request);
    if (!answer)
        return failed(ctl);
    json_decref(answer);
    while (!stop_requested && ctl->events < ctl->most_events) {
        if (!control_client_wait(ctl->client, 1000, ctl->error))
            return failed(ctl);
        fflush(stdout);
        if (ferror(stdout))
            return EXIT_ENVIRONMENT;
    }
    return EXIT_PASSED;
}

/* ---- command line ---- */

static const struct {
    const char *name;
    unsigned words; /* exactly so many; 0: the command looks itself */
    int (*run)(struct ctl *ctl);
} commands[] = {{"verbs", 2, show_verbs}, {"probe", 0, probe}, {"clear", 0, with_handle},
                {"hits", 0, with_handle}, {"trace", 0, trace}, {"info", 2, info},
                {"quit", 2, quit}};

static int run(struct ctl *ctl)
{
    const struct arguments *a = ctl->a;

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].name, a->words[1]) != 0)
            continue;
        if (commands[i].words && a->count != commands[i].words)
            return complain("%s takes no arguments, but there is '%s'", a->words[1], a->words[2]);
        return commands[i].run(ctl);
    }
    return inject(ctl);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    int64_t n;

    switch (key) {
    case 'J':
        a->json = true;
        return 0;
    case 't':
        if (!number(arg, &n) || n < 1 || n > 86400)
            argp_error(state, "--timeout wants a number from 1 to 86400, not '%s'", arg);
        a->timeout_ms = (unsigned)n * 1000;
        return 0;
    case ARGP_KEY_ARG:
        if (a->count == MOST_WORDS)
            argp_error(state, "more than %d arguments", MOST_WORDS);
        a->words[a->count++] = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->count < 2)
            argp_error(state, "%s is missing", a->count ? "the verb" : "the socket");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"json", 'J', NULL, 0, "print answers and events as JSON", 1},
    {"timeout", 't', "S", 0, "seconds to wait for an answer (default 10)", 1},
    {0}};

static const struct argp argp = {
    options,
    parse,
    "SOCKET VERB [name=value ...]",
    "Faults, probes and the trace of a port that slibench serve serves; SOCKET is its --control.\v"
    "VERB is one of the model's fault controls, such as target.hold opcode=read count=1: prints the number "
    "of "
    "the fault, if there is something to take back. Or:\n"
    "\n"
    "  verbs                     every fault control and probe, with their arguments\n"
    "  clear NUMBER              takes a fault back\n"
    "  hits NUMBER               prints how often it has acted\n"
    "  probe NAME [name=value]   prints a number of the model's state\n"
    "  trace [types=A,B] [sources=A,B] [port=N] [count=N]\n"
    "                            prints events as they happen, until SIGINT or N of them\n"
    "  info                      clock, ports, simulated time\n"
    "  quit                      ends the server\n"
    "\n"
    "Exit status: 0 done, 1 the server refused it, 2 wrong usage, 3 no server, or it went away.",
    NULL,
    NULL,
    NULL};

int cmd_ctl(int argc, char **argv)
{
    struct arguments a = {.timeout_ms = DEFAULT_TIMEOUT_S * 1000};
    struct ctl ctl = {.a = &a};
    int status;

    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    ctl.client = control_client_open(a.words[0], ctl.error);
    if (!ctl.client) {
        complain("%s", ctl.error);
        return EXIT_ENVIRONMENT;
    }
    status = run(&ctl);
    control_client_close(ctl.client);
    return status;
}
