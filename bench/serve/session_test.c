/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions: the configuration of a world on its way, and the process that serves it, seen from a client that keeps to
 * the protocol and from some that do not. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench/serve/control_client.h"
#include "bench/serve/session.h"
#include "bench/serve/world_json.h"

#define contains(text, part) cr_assert(strstr(text, part), "'%s' is not in: %s", part, text)

/* ---- configurations ---- */

Test(world_json, a_configuration_survives_the_way_there_and_back)
{
    static const struct world_config c = {
        .seed = 0xfedcba9876543210,
        .topology = WORLD_POINT_TO_POINT,
        .link = WORLD_LINK_RTL,
        .engine = WORLD_ENGINE_LOCKSTEP,
        .timer_scale = 7,
        .cable_metres = 4000000000,
        .port_count = 1,
        .ports = {{.profile = "lpe31000",
                   .wwpn = 0x10000090fa000001,
                   .wwnn = 0x20000090fa000001,
                   .speed_gbit = 16,
                   .xri_count = 1,
                   .xri_base = 2,
                   .rpi_count = 3,
                   .vpi_count = 4,
                   .vfi_count = 5,
                   .fcfi_count = 6,
                   .eq_count = 7,
                   .cq_count = 8,
                   .wq_count = 9,
                   .rq_count = 10,
                   .msix_vectors = 11,
                   .queue_id_base = 65535,
                   .permanently_no_nvme = true}},
        .target_count = 2,
        .targets = {{.wwpn = 1,
                     .wwnn = 2,
                     .subsystem_nqn = "nqn.2026-01.org.slibench:ä",
                     .discovery = true,
                     .first_burst = true,
                     .first_burst_bytes = 3,
                     .burst_bytes = 4,
                     .service_ns = 5,
                     .max_io_queues = 6,
                     .max_queue_entries = 7,
                     .always_ersp = true,
                     .namespace_count = 2,
                     .namespaces = {{.nsid = 9, .backing = "mem:1m", .block_bytes = 4096, .read_only = true},
                                    {.nsid = 10, .backing = "/a/file"}}},
                    {0}}};
    struct world_config back;
    struct control_error error;
    json_t *json = world_config_json(&c);
    char *text = json_dumps(json, 0);
    json_t *there = json_loads(text, 0, NULL);

    cr_assert(world_config_of_json(there, &back, &error), "%s", error.text);
    cr_assert_str_eq(back.ports[0].profile, "lpe31000");
    cr_assert_str_eq(back.targets[0].subsystem_nqn, "nqn.2026-01.org.slibench:ä");
    cr_assert_null(back.targets[1].subsystem_nqn);
    cr_assert_str_eq(back.targets[0].namespaces[1].backing, "/a/file");
    cr_assert_eq(back.seed, 0xfedcba9876543210);
    cr_assert_eq(back.topology, WORLD_POINT_TO_POINT);
    cr_assert_eq(back.link, WORLD_LINK_RTL);
    cr_assert_eq(back.engine, WORLD_ENGINE_LOCKSTEP);
    cr_assert_eq(back.cable_metres, 4000000000);
    cr_assert_eq(back.ports[0].queue_id_base, 65535);
    cr_assert(back.ports[0].permanently_no_nvme && back.targets[0].namespaces[0].read_only);
    cr_assert_eq(back.targets[0].namespaces[0].block_bytes, 4096);
    json_t *again = world_config_json(&back);
    cr_assert(json_equal(json, again));
    json_decref(again);
    json_decref(json);
    json_decref(there);
    free(text);
}

Test(world_json, a_field_that_cannot_be_is_named)
{
    static const struct {
        const char *json, *field, *says;
    } mistakes[] = {
        {"[]", "", "must be an object"},
        {"{\"sed\":1}", "sed", "there is no field 'sed'"},
        {"{\"seed\":-1}", "seed", "must be a string \"0x"},
        {"{\"seed\":\"0x\"}", "seed", "must be a string"},
        {"{\"seed\":\"0x11111111111111111\"}", "seed", "must be a string"},
        {"{\"seed\":\"0x1 \"}", "seed", "must be a string"},
        {"{\"topology\":\"ring\"}", "topology", "fabric or point_to_point"},
        {"{\"link\":7}", "link", "frame or rtl"},
        {"{\"engine\":\"both\"}", "engine", "behavioural, rtl or lockstep"},
        {"{\"timer_scale\":4294967296}", "timer_scale", "from 0 to 4294967295"},
        {"{\"timer_scale\":\"0x1\"}", "timer_scale", "whole number"},
        {"{\"ports\":{}}", "ports", "a list of at most 4"},
        {"{\"ports\":[{},{},{},{},{}]}", "ports", "a list of at most 4"},
        {"{\"ports\":[7]}", "ports[0]", "must be an object"},
        {"{\"ports\":[{},{\"xri_count\":65536}]}", "ports[1].xri_count", "from 0 to 65535"},
        {"{\"ports\":[{\"permanently_no_nvme\":1}]}", "ports[0].permanently_no_nvme", "true or false"},
        {"{\"ports\":[{\"profile\":3}]}", "ports[0].profile", "a string"},
        {"{\"ports\":[{\"namespaces\":[]}]}", "ports[0].namespaces", "there is no field"},
        {"{\"targets\":[{\"namespaces\":7}]}", "targets[0].namespaces", "a list of at most 16"},
        {"{\"targets\":[{\"namespaces\":[{\"nsid\":1}]}]}", "targets[0].namespaces[0]",
         "backing' is missing"},
        {"{\"targets\":[{},{\"namespaces\":[{\"backing\":null}]}]}", "targets[1].namespaces[0].backing",
         "a string"},
    };

    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct world_config c;
        struct control_error error = {0};
        json_t *json = json_loads(mistakes[i].json, 0, NULL);
        cr_assert(json);
        cr_assert_not(world_config_of_json(json, &c, &error), "%s", mistakes[i].json);
        cr_assert_str_eq(error.field, mistakes[i].field, "%s: %s", mistakes[i].json, error.field);
        contains(error.text, mistakes[i].says);
        json_decref(json);
    }
}

/* ---- the process ---- */

static struct control_client *client;
static pid_t process;
static unsigned events;
static char why[CONTROL_CLIENT_ERROR_BYTES];

static void count_event(void *context, const struct trace_event *e)
{
    (void)context, (void)e;
    events++;
}

static json_t *ask(const char *request)
{
    return control_client_ask(client, json_loads(request, 0, NULL), 20000, why);
}

static void start(void)
{
    int ends[2];
    char welcome[64] = "";

    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    process = fork();
    if (process == 0) {
        close(ends[0]);
        _exit(session_run(ends[1]));
    }
    close(ends[1]);
    while (!strchr(welcome, '\n'))
        cr_assert_gt(recv(ends[0], welcome + strlen(welcome), 1, 0), 0);
    contains(welcome, "\"clock\":\"virtual\"");
    client = control_client_adopt(ends[0]);
    control_client_listen(client, &(struct control_client_sink){.event = count_event});
}

/* The process ends by itself when its client leaves. */
static void stop(void)
{
    int status;

    control_client_close(client);
    cr_assert_eq(waitpid(process, &status, 0), process);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TestSuite(session, .init = start, .fini = stop);

Test(session, a_world_is_made_once_and_runs_when_it_is_told)
{
    json_t *answer = ask("{\"do\":\"world\",\"config\":{\"seed\":1,\"ports\":[{},{}],\"targets\":[{}]}}");

    cr_assert(answer, "%s", why);
    cr_assert_str_eq(
        json_string_value(json_object_get(
            json_array_get(json_object_get(json_object_get(answer, "config"), "ports"), 1), "wwpn")),
        "0x10000090fa000002");
    int first = control_client_descriptor(client), second = control_client_descriptor(client);
    cr_assert(first >= 0 && second >= 0 && control_client_descriptor(client) == -1);
    json_decref(answer);
    cr_assert_null(ask("{\"do\":\"world\",\"config\":{\"ports\":[{}]}}"));
    contains(why, "one process, one world");
    answer = ask("{\"do\":\"clock\",\"until_ps\":5000000}");
    cr_assert_eq(json_integer_value(json_object_get(answer, "now_ps")), 5000000);
    json_decref(answer);
    close(first);
    close(second);
}

Test(session, what_cannot_be_made_is_refused_and_may_be_tried_again)
{
    cr_assert_null(ask("{\"do\":\"clock\",\"until_ps\":1}"));
    contains(why, "there is no world yet");
    cr_assert_null(ask("{\"do\":\"inject\",\"verb\":\"target.hold\"}"));
    contains(why, "there is no world yet");
    cr_assert_null(ask("{\"do\":\"world\"}"));
    contains(why, "'config' is missing");
    cr_assert_null(ask("{\"do\":\"world\",\"config\":{\"ports\":[{\"profile\":\"lpe9\"}]}}"));
    contains(why, "unknown profile 'lpe9'");
    json_t *answer = ask("{\"do\":\"world\",\"config\":{\"ports\":[{}]}}");
    cr_assert(answer, "%s", why);
    json_decref(answer);
    cr_assert_null(ask("{\"do\":\"clock\",\"until_ps\":-5}"));
    contains(why, "'until_ps' must be a whole number");
}

/* Sends the bytes to a port; what the session then says to a question tells that it lives. */
static void survives(const char *name, const void *bytes, size_t count)
{
    json_t *answer = ask("{\"do\":\"world\",\"config\":{\"ports\":[{}],\"targets\":[{}]}}");
    char byte;

    cr_assert(answer, "%s", why);
    json_decref(answer);
    int port = control_client_descriptor(client);
    cr_assert_eq(send(port, bytes, count, 0), (ssize_t)count);
    shutdown(port, SHUT_WR);
    while (recv(port, &byte, 1, 0) == 1)
        ;
    close(port);
    answer = ask("{\"do\":\"clock\",\"until_ps\":1000000}");
    cr_assert(answer, "%s: %s", name, why);
    json_decref(answer);
}

Test(session, a_message_of_impossible_size_ends_the_port_and_not_the_world)
{
    survives("too small", "\1\0\1\0\4\0\0\0\0\0\0\0\0\0\0\0", 16);
}

Test(session, half_a_message_ends_the_port_and_not_the_world)
{
    survives("half", "\1\0\1\0\377\0\0\0\0\0\0\0\0\0\0\0half", 20);
}

Test(session, an_access_before_the_agreement_ends_nothing_else)
{
    survives("early", "\1\0\11\0\40\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\4\0\0\0", 32);
}

Test(session, a_reply_that_nobody_asked_for_ends_the_port)
{
    survives("reply", "\1\0\1\0\20\0\0\0\1\0\0\0\0\0\0\0", 16);
}

Test(session, a_client_that_leaves_in_the_middle_of_a_trace_is_no_trouble)
{
    json_t *answer = ask("{\"do\":\"world\",\"config\":{\"ports\":[{}],\"targets\":[{}]}}");
    static const char run[] = "{\"do\":\"clock\",\"until_ps\":2000000000000}\n";

    json_decref(answer);
    answer = ask("{\"do\":\"trace\"}");
    cr_assert(answer);
    json_decref(answer);
    cr_assert_eq(send(control_client_fd(client), run, sizeof run - 1, 0), (ssize_t)(sizeof run - 1));
}
