/* SPDX-License-Identifier: BSD-2-Clause */
/* The control socket: its server on a world, a line at a time, and its client against servers that lie. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "bench/serve/control.h"
#include "bench/serve/control_client.h"
#include "bench/serve/trace_json.h"
#include "bench/trace_log.h"

/* ---- the server ---- */

static struct world *world;
static struct trace_bus bus;
static struct control *control;
static int peer;
static char reply[1 << 20];

static void start(void)
{
    struct world_config config = {.seed = 1, .port_count = 1, .target_count = 1};
    char error[WORLD_ERROR_BYTES];
    int ends[2];

    trace_bus_init(&bus);
    world = world_create(&config, error);
    cr_assert(world, "%s", error);
    world_set_trace(world, &bus.sink);
    control = control_create(&(struct control_options){.world = world, .bus = &bus, .clock = "wall"});
    cr_assert(control);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    cr_assert(control_adopt(control, ends[0]));
    peer = ends[1];
}

static void stop(void)
{
    control_destroy(control);
    close(peer);
    world_destroy(world);
}

/* Everything that has come; NUL-terminated. */
static const char *receive(void)
{
    size_t used = 0;
    ssize_t n;

    while ((n = recv(peer, reply + used, sizeof reply - 1 - used, MSG_DONTWAIT)) > 0)
        used += (size_t)n;
    reply[used] = 0;
    return reply;
}

static const char *say(const char *line)
{
    cr_assert_eq(send(peer, line, strlen(line), 0), (ssize_t)strlen(line));
    control_serve(control);
    return receive();
}

#define contains(text, part) cr_assert(strstr(text, part), "'%s' is not in: %s", part, text)

TestSuite(control, .init = start, .fini = stop);

Test(control, a_fault_is_put_in_force_counted_and_taken_back)
{
    contains(say("{\"do\":\"inject\",\"verb\":\"target.hold\",\"args\":{\"opcode\":\"read\",\"count\":1}}\n"),
             "\"handle\":1");
    contains(say("{\"do\":\"hits\",\"handle\":1}\n"), "\"hits\":0");
    contains(say("{\"do\":\"clear\",\"handle\":1}\n"), "\"ok\":true");
    contains(say("{\"do\":\"clear\",\"handle\":1,\"id\":\"again\"}\n"), "no fault 1 is in force");
    contains(reply, "\"id\":\"again\"");
}

Test(control, a_probe_reads_the_model)
{
    contains(say("{\"do\":\"probe\",\"name\":\"port.xri_active\",\"args\":{\"port\":0}}\n"), "\"value\":0");
}

Test(control, verbs_are_listed_with_their_arguments)
{
    contains(say("{\"do\":\"verbs\"}\n"), "\"name\":\"target.hold\"");
    contains(reply, "{\"name\":\"us\",\"type\":\"integer\",\"required\":true");
    contains(reply, "\"probes\":[{");
}

Test(control, a_mistake_is_answered_with_what_is_wrong)
{
    static const struct {
        const char *line, *says;
    } mistakes[] = {
        {"hello\n", "no JSON, near character"},
        {"[]\n", "a request is an object"},
        {"{\"do\":\"inject\"\n", "no JSON"},
        {"{}\n", "'do' must be a string, it is missing"},
        {"{\"do\":7}\n", "\"field\":\"do\""},
        {"{\"do\":\"fly\"}\n", "there is no request 'fly'"},
        {"{\"do\":\"info\",\"verb\":1}\n", "'info' takes no field 'verb'"},
        {"{\"do\":\"info\",\"do\":\"info\"}\n", "duplicate"},
        {"{\"do\":\"inject\"}\n", "\"field\":\"verb\""},
        {"{\"do\":\"inject\",\"verb\":\"target.vanish\"}\n", "target.vanish"},
        {"{\"do\":\"inject\",\"verb\":\"fabric.rscn\",\"args\":{}}\n", "address"},
        {"{\"do\":\"inject\",\"verb\":\"fabric.rscn\",\"args\":[]}\n", "'args' must be an object"},
        {"{\"do\":\"inject\",\"verb\":\"fabric.rscn\",\"args\":{\"address\":1.5}}\n",
         "\"field\":\"args.address\""},
        {"{\"do\":\"inject\",\"verb\":\"fabric.rscn\",\"args\":{\"address\":\"x\"}}\n", "address"},
        {"{\"do\":\"probe\",\"name\":\"port.colour\"}\n", "port.colour"},
        {"{\"do\":\"clear\"}\n", "'handle' is missing"},
        {"{\"do\":\"clear\",\"handle\":0}\n", "whole number from 1"},
        {"{\"do\":\"hits\",\"handle\":99}\n", "there never was a fault 99"},
        {"{\"do\":\"trace\",\"types\":[\"FRAMES\"]}\n", "there is no 'FRAMES'"},
        {"{\"do\":\"trace\",\"types\":\"FRAME_TX\"}\n", "'types' must be a list of names"},
        {"{\"do\":\"trace\",\"sources\":[3]}\n", "'sources'"},
        {"{\"do\":\"trace\",\"on\":1}\n", "'on' must be true or false"},
        {"{\"do\":\"trace\",\"port\":256}\n", "'port' must be a whole number from 0 to 255"},
        {"[[[[[[[[[]]]]]]]]]\n", "nested deeper than 8"},
        {"{\"do\":\"\\\"[[[[[[[[[\"}\n", "there is no request"},
        {"\n", "no JSON"},
        {"{\"do\":\"inf\xff\"}\n", "no JSON"},
    };

    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        contains(say(mistakes[i].line), mistakes[i].says);
        contains(reply, "\"ok\":false");
    }
    contains(say("{\"do\":\"info\"}\n"), "\"clock\":\"wall\"");
}

Test(control, a_line_may_come_in_pieces_and_several_at_once)
{
    cr_assert_str_empty(say("{\"do\":"));
    contains(say("\"hits\",\"handle\":5}\n{\"do\":\"info\",\"id\":2}\n"), "fault 5");
    contains(reply, "\"id\":2");
}

Test(control, a_line_without_an_end_ends_the_connection)
{
    static char junk[CONTROL_LINE_BYTES / 8];
    char byte;

    memset(junk, ' ', sizeof junk);
    for (int i = 0; i < 8; i++) {
        cr_assert_eq(send(peer, junk, sizeof junk, 0), (ssize_t)sizeof junk);
        control_serve(control);
    }
    contains(receive(), "the line is too long");
    cr_assert_eq(recv(peer, &byte, 1, MSG_DONTWAIT), 0);
    cr_assert_eq(control_peers(control), 0);
}

Test(control, quit_is_answered_and_then_known)
{
    cr_assert_not(control_asked_to_quit(control));
    contains(say("{\"do\":\"quit\"}\n"), "\"ok\":true");
    cr_assert(control_asked_to_quit(control));
}

Test(control, a_peer_that_left_is_forgotten)
{
    say("{\"do\":\"trace\",\"on\":true}\n");
    cr_assert_neq(bus.sink.wanted, 0);
    shutdown(peer, SHUT_RDWR);
    control_serve(control);
    cr_assert_eq(control_peers(control), 0);
    cr_assert_eq(bus.sink.wanted, 0);
}

/* ---- the trace ---- */

static struct trace_json_room room;

/* Reads the lines of `text` into the log; gives how many there were. */
static unsigned read_lines(char *text, struct trace_log *log)
{
    unsigned count = 0;

    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        json_t *json = json_loads(line, 0, NULL);
        struct trace_event e;
        const char *field;
        if (json_object_get(json, "event")) {
            cr_assert(trace_json_read(json, &e, &room, &field), "%s: %s", field, line);
            log->sink.event(log, &e);
            count++;
        }
        json_decref(json);
    }
    return count;
}

Test(control, the_trace_arrives_whole_and_in_order)
{
    struct trace_log here, there;

    trace_log_init(&here);
    trace_log_init(&there);
    trace_bus_add(&bus, &here.sink);
    say("{\"do\":\"trace\",\"on\":true}\n");
    world_run_until(world, 400000000000ull, false); /* the target's logins */
    control_serve(control);
    receive();
    cr_assert_geq(read_lines(reply, &there), 20);
    cr_assert_eq(there.total, here.total);
    cr_assert_eq(there.digest, here.digest);
}

Test(control, a_filter_lets_through_what_it_names)
{
    say("{\"do\":\"trace\",\"types\":[\"FRAME_TX\"],\"sources\":[\"switch\",\"link\",\"target\"],\"port\":16,"
        "\"data\":false}\n");
    world_run_until(world, 400000000000ull, false);
    control_serve(control);
    contains(receive(), "\"event\":\"FRAME_TX\"");
    contains(reply, "\"port\":16,");
    cr_assert_null(strstr(reply, "\"event\":\"FRAME_RX\""));
    cr_assert_null(strstr(reply, "\"port\":255"));
    cr_assert_null(strstr(reply, "\"data\""));
    say("{\"do\":\"trace\",\"on\":false}\n");
    cr_assert_eq(bus.sink.wanted, 0);
}

Test(control, an_event_that_waits_makes_the_descriptor_readable)
{
    struct trace_event e = trace_event_of(TRACE_NOTE, TRACE_BENCH, 0, 1);
    struct pollfd p = {.fd = control_fd(control), .events = POLLIN};

    say("{\"do\":\"trace\",\"on\":true}\n");
    control_serve(control);
    cr_assert_eq(poll(&p, 1, 0), 0);
    e.note = "later";
    trace_emit(&bus.sink, &e);
    cr_assert_eq(poll(&p, 1, 0), 1);
    control_serve(control);
    contains(receive(), "\"note\":\"later\"");
    cr_assert_eq(poll(&p, 1, 0), 0);
}

Test(control, who_does_not_read_loses_events_and_is_told)
{
    static unsigned char bytes[2048];
    struct trace_event e = trace_event_of(TRACE_FRAME_TX, TRACE_LINK, 0, 1);
    char line[64];
    const char *lost;

    e.data = bytes;
    e.data_bytes = sizeof bytes;
    say("{\"do\":\"trace\",\"on\":true}\n");
    for (int i = 0; i < 2000; i++) /* 8 MB of lines */
        trace_emit(&bus.sink, &e);
    for (int i = 0; i < 100; i++) {
        control_serve(control);
        receive();
    }
    e.type = TRACE_NOTE;
    e.note = "after";
    trace_emit(&bus.sink, &e);
    control_serve(control);
    lost = strstr(receive(), "{\"lost\":");
    cr_assert(lost);
    snprintf(line, sizeof line, "%.60s", lost);
    cr_assert_geq(atoi(line + 8), 500);
    cr_assert_leq(atoi(line + 8), 1500);
    contains(lost, "\"note\":\"after\"");
}

Test(control, what_no_ascii_can_say_survives)
{
    static const unsigned char bytes[] = {0x00, 0xff, 0x80};
    struct trace_event e = trace_event_of(TRACE_NOTE, TRACE_BENCH, 255, INT64_MAX), back;
    char line[TRACE_JSON_BYTES];
    const char *field;

    e.a = UINT64_MAX;
    e.b = 0x10;
    e.queue = 0;
    e.note = "\"\\\n\x7f\xe4\xff";
    e.data = bytes;
    e.data_bytes = sizeof bytes;
    json_t *json = json_loadb(line, trace_json_write(&e, true, line), 0, NULL);
    cr_assert(trace_json_read(json, &back, &room, &field), "%s", field);
    cr_assert_eq(back.a, UINT64_MAX);
    cr_assert_eq(back.b, 0x10);
    cr_assert_eq(back.queue, 0);
    cr_assert_eq(back.tag, TRACE_NO_ID);
    cr_assert_eq(back.time_ps, INT64_MAX);
    cr_assert_eq(back.port, 255);
    cr_assert_str_eq(back.note, e.note);
    cr_assert_eq(back.data_bytes, 3);
    cr_assert_arr_eq(back.data, bytes, 3);
}

Test(trace_json, an_event_that_cannot_be_is_refused)
{
    static const char *const lines[] = {
        "{\"event\":\"FRAME\",\"t\":1,\"from\":\"link\",\"port\":0}",
        "{\"event\":\"NOTE\",\"t\":-1,\"from\":\"link\",\"port\":0}",
        "{\"event\":\"NOTE\",\"t\":1,\"from\":\"moon\",\"port\":0}",
        "{\"event\":\"NOTE\",\"t\":1,\"from\":\"link\",\"port\":256}",
        "{\"event\":\"NOTE\",\"t\":1,\"from\":\"link\",\"xri\":4294967296}",
        "{\"event\":\"NOTE\",\"t\":1,\"from\":\"link\",\"a\":\"0x\"}",
        "{\"event\":\"NOTE\",\"t\":1,\"from\":\"link\",\"a\":\"0x-1\"}",
        "{\"event\":\"NOTE\",\"t\":1,\"from\":\"link\",\"a\":\"0x11111111111111111\"}",
        "{\"event\":\"NOTE\",\"t\":1,\"from\":\"link\",\"a\":1}",
        "{\"event\":\"NOTE\",\"t\":1,\"from\":\"link\",\"data\":\"0\"}",
        "{\"event\":\"NOTE\",\"t\":1,\"from\":\"link\",\"data\":\"0g\"}",
        "{\"event\":\"NOTE\",\"t\":1,\"from\":\"link\",\"note\":\"\\u0142\"}",
        "{\"event\":\"NOTE\",\"t\":1,\"from\":\"link\",\"colour\":1}",
        "{\"t\":1,\"from\":\"link\"}",
    };
    struct trace_event e;
    const char *field;

    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        json_t *json = json_loads(lines[i], 0, NULL);
        cr_assert(json);
        cr_assert_not(trace_json_read(json, &e, &room, &field), "%s", lines[i]);
        json_decref(json);
    }
}

/* ---- the socket in the file system ---- */

Test(control, a_stale_socket_is_replaced_and_a_live_one_is_not)
{
    struct control *second =
        control_create(&(struct control_options){.world = world, .bus = &bus, .clock = "wall"});
    char folder[] = "/tmp/control-test-XXXXXX", path[64], error[CONTROL_ERROR_BYTES];

    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/socket", folder);
    cr_assert(control_listen(control, path, error), "%s", error);
    cr_assert_not(control_listen(second, path, error));
    contains(error, path);
    /* A server that was killed leaves its socket: here one renamed, so that its server does not find it. */
    char other[80];
    snprintf(other, sizeof other, "%s/stale", folder);
    cr_assert(control_listen(second, other, error));
    cr_assert_eq(rename(other, path), 0); /* removes the live one's name; its own removal finds nothing */
    control_destroy(second);
    second = control_create(&(struct control_options){.world = world, .bus = &bus, .clock = "wall"});
    cr_assert(control_listen(second, path, error), "%s", error);
    control_destroy(second);
    cr_assert_neq(access(path, F_OK), 0);
    rmdir(folder);
}

/* ---- the client against a server that follows a script ---- */

struct fake {
    int fd;
    const char *says;
};

/* Reads one line, says its piece, closes. */
static void *serve_fake(void *context)
{
    struct fake *fake = context;
    char c = 0;

    while (c != '\n' && recv(fake->fd, &c, 1, 0) == 1)
        ;
    send(fake->fd, fake->says, strlen(fake->says), MSG_NOSIGNAL);
    close(fake->fd);
    return NULL;
}

static char why[CONTROL_CLIENT_ERROR_BYTES];
static unsigned events;

static void count_event(void *context, const struct trace_event *e)
{
    (void)context, (void)e;
    events++;
}

/* What the client makes of it: the answer, or NULL and `why`. */
static json_t *ask_fake(const char *says, bool listening, bool *broken)
{
    struct fake fake = {.says = says};
    struct control_client *client;
    pthread_t thread;
    json_t *answer;
    int ends[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    fake.fd = ends[1];
    client = control_client_adopt(ends[0]);
    if (listening)
        control_client_listen(client, &(struct control_client_sink){.event = count_event});
    cr_assert_eq(pthread_create(&thread, NULL, serve_fake, &fake), 0);
    answer = control_client_ask(client, json_pack("{ss}", "do", "info"), 5000, why);
    pthread_join(thread, NULL);
    *broken = control_client_broken(client);
    control_client_close(client);
    return answer;
}

#define EVENT "{\"event\":\"NOTE\",\"t\":1,\"from\":\"link\",\"port\":0}\n"

Test(control_client, events_before_the_answer_are_handed_over)
{
    bool broken;
    json_t *answer = ask_fake(EVENT EVENT "{\"ok\":true,\"value\":7}\n", true, &broken);

    cr_assert_eq(json_integer_value(json_object_get(answer, "value")), 7);
    cr_assert_eq(events, 2);
    json_decref(answer);
}

Test(control_client, a_refusal_is_no_broken_connection)
{
    bool broken;

    cr_assert_null(ask_fake("{\"ok\":false,\"error\":\"no such verb\"}\n", false, &broken));
    cr_assert_str_eq(why, "no such verb");
    cr_assert_not(broken);
}

Test(control_client, a_server_that_breaks_the_protocol_is_left)
{
    static const struct {
        const char *says, *why;
    } servers[] = {
        {"", "closed the control socket"},
        {"{\"ok\":true", "closed the control socket"},
        {"what?\n", "no JSON object"},
        {"[1]\n", "no JSON object"},
        {"{\"value\":1}\n", "neither event nor answer"},
        {"{\"ok\":\"yes\"}\n", "neither event nor answer"},
        {EVENT, "nobody asked for"},
        {"{\"event\":\"NOTE\"}\n", "nobody asked for"},
        {"{\"ok\":true}\n{\"ok\":true}\n", "answered twice"},
        {"{\"lost\":-1}\n", "wrong 'lost'"},
    };

    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        bool broken;
        cr_assert_null(ask_fake(servers[i].says, false, &broken), "%s", servers[i].says);
        contains(why, servers[i].why);
        cr_assert(broken);
    }
}

Test(control_client, an_event_that_cannot_be_breaks_the_connection)
{
    bool broken;

    cr_assert_null(ask_fake("{\"event\":\"NOTE\",\"t\":1,\"from\":\"link\",\"xri\":-1}\n", true, &broken));
    contains(why, "wrong 'xri'");
    cr_assert(broken);
}

Test(control_client, a_server_that_stays_silent_is_given_up)
{
    int ends[2];

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    struct control_client *client = control_client_adopt(ends[0]);
    cr_assert_null(control_client_ask(client, json_pack("{ss}", "do", "info"), 50, why));
    contains(why, "does not answer");
    cr_assert(control_client_broken(client));
    control_client_close(client);
}
