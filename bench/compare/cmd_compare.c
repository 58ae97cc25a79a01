/* SPDX-License-Identifier: BSD-2-Clause */
/* slibench compare: what two drivers say to the same port, field by field. */
#include <argp.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/cli.h"
#include "bench/compare/difference.h"

struct arguments {
    const char *files[2];
    unsigned file_count;
    const char *explained;
    unsigned port;
    bool json, all;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    char *end;

    switch (key) {
    case 'e':
        a->explained = arg;
        break;
    case 'p':
        a->port = (unsigned)strtoul(arg, &end, 10);
        if (!*arg || *end || a->port > 3)
            argp_error(state, "--port wants a number from 0 to 3, not '%s'", arg);
        break;
    case 'a':
        a->all = true;
        break;
    case 'J':
        a->json = true;
        break;
    case ARGP_KEY_ARG:
        if (a->file_count == 2)
            argp_error(state, "more than two traces");
        a->files[a->file_count++] = arg;
        break;
    case ARGP_KEY_END:
        if (a->file_count < 2)
            argp_error(state, "wants two traces: ours and theirs");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static void show(const struct difference *d)
{
    char values[64] = "";

    if (d->what == DIFFERENCE_FIELD)
        snprintf(values, sizeof values, ": %#x here, %#x there", d->ours, d->theirs);
    printf("%s %s, %s%s%s%s\n", saying_kind_names[d->kind], d->key, d->field, values,
           d->explained ? ": " : ": NOT EXPLAINED", d->explained ? d->explained->why : "");
}

static json_t *as_json(const struct difference *d)
{
    return json_pack("{ss ss ss sI sI ss*}", "kind", saying_kind_names[d->kind], "key", d->key, "field",
                     d->field, "ours", (json_int_t)d->ours, "theirs", (json_int_t)d->theirs, "explained",
                     d->explained ? d->explained->why : NULL);
}

static int report(const struct arguments *a, const struct difference_list *list)
{
    size_t open = difference_unexplained(list), idle = difference_idle_explanations(list);
    json_t *array = json_array();

    for (size_t i = 0; i < list->count; i++) {
        if (a->json)
            json_array_append_new(array, as_json(&list->items[i]));
        else if (a->all || !list->items[i].explained)
            show(&list->items[i]);
    }
    if (a->json) {
        json_dumpf(array, stdout, JSON_INDENT(1));
        putchar('\n');
    }
    json_decref(array);
    for (size_t i = 0; i < list->explanation_count; i++)
        if (!list->explanations[i].used)
            fprintf(stderr, "%s:%u: explains no difference: %s %s, %s\n", a->explained,
                    list->explanations[i].line, list->explanations[i].kind, list->explanations[i].key,
                    list->explanations[i].field);
    fprintf(a->json ? stderr : stdout, "%zu differences, %zu not explained; %zu explanations of nothing\n",
            list->count, open, idle);
    return open ? EXIT_SCENARIO_FAILED : EXIT_PASSED;
}

int cmd_compare(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"explained", 'e', "FILE", 0,
         "Markdown file whose table rows | kind | key | field | why | explain differences", 0},
        {"port", 'p', "N", 0, "HBA port of the traces (default 0)", 0},
        {"all", 'a', NULL, 0, "show the explained ones too", 0},
        {"json", 'J', NULL, 0, "every difference, as JSON", 0},
        {0}};
    static const struct argp argp = {options,
                                     parse,
                                     "OURS THEIRS",
                                     "Compares what two drivers say to the port: order and fields of mailbox "
                                     "commands, WQEs and frames, each in "
                                     "its first use.\vThe traces are lines of JSON: slibench ctl SOCKET "
                                     "trace --json, with the types MBX_REQUEST, "
                                     "WQE_FETCH and FRAME_TX. Exit status: 0 every difference is explained, "
                                     "1 one is not, 2 a file cannot be read.",
                                     NULL,
                                     NULL,
                                     NULL};
    struct arguments a = {0};
    struct conversation ours = {0}, theirs = {0};
    struct difference_list list = {0};
    char error[CONVERSATION_ERROR_BYTES];
    int status = EXIT_USAGE;

    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    if (!conversation_load(&ours, a.files[0], a.port, error) ||
        !conversation_load(&theirs, a.files[1], a.port, error) ||
        (a.explained && !difference_read_explanations(&list, a.explained, error)))
        fprintf(stderr, "slibench compare: %s\n", error);
    else {
        difference_find(&list, &ours, &theirs);
        status = report(&a, &list);
    }
    difference_free(&list);
    conversation_free(&ours);
    conversation_free(&theirs);
    return status;
}
