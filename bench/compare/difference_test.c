/* SPDX-License-Identifier: BSD-2-Clause */
/* Two conversations from lines of trace, and what is found between them. The words are those of sli4-port.md 5.3 and
 * sli4-io.md 2. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench/compare/difference.h"

static char error[CONVERSATION_ERROR_BYTES];

/* Lines into a file; its name, static. */
static const char *file(const char *text)
{
    static char names[4][40];
    static unsigned turn;
    char *name = names[turn++ % 4];
    int fd;

    snprintf(name, 40, "/tmp/slibench-compare-XXXXXX");
    fd = mkstemp(name);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return name;
}

static struct conversation load(const char *text)
{
    struct conversation c;
    const char *name = file(text);

    cr_assert(conversation_load(&c, name, 0, error), "%s", error);
    unlink(name);
    return c;
}

static const char *load_error(const char *text)
{
    struct conversation c;
    const char *name = file(text);

    cr_assert_not(conversation_load(&c, name, 0, error));
    unlink(name);
    return error;
}

/* A mailbox command of eight words in hex, little-endian bytes; b as the port traces it. */
#define MAILBOX(data) \
    "{\"event\":\"MBX_REQUEST\",\"t\":5,\"from\":\"port\",\"port\":0,\"a\":\"0x1\",\"data\":\"" data "\"}\n"
#define READ_REV MAILBOX("0011000000000000")
#define READ_CONFIG MAILBOX("000b000000000000")
/* INIT_LINK: flags in word 2, speed in word 3. */
#define INIT_LINK(speed) \
    MAILBOX("00050000" \
            "00000000" \
            "02000000" speed "000000")
/* NOP and EQ_CREATE as embedded SLI_CONFIG. */
#define NOP_COMMAND \
    MAILBOX("009b0000" \
            "01000000" \
            "18000000" \
            "00000000" \
            "00000000" \
            "00000000" \
            "21010000" \
            "00000000" \
            "08000000" \
            "00000000")

static const struct difference *only(const struct difference_list *list)
{
    cr_assert_eq(list->count, 1, "%zu differences", list->count);
    return &list->items[0];
}

static struct difference_list compare(const char *ours, const char *theirs, const char *explanations)
{
    struct conversation a = load(ours), b = load(theirs);
    struct difference_list list = {0};

    if (explanations) {
        const char *name = file(explanations);
        cr_assert(difference_read_explanations(&list, name, error), "%s", error);
        unlink(name);
    }
    difference_find(&list, &a, &b);
    conversation_free(&a);
    conversation_free(&b);
    return list;
}

Test(compare, the_same_is_no_difference)
{
    struct difference_list list = compare(READ_REV INIT_LINK("08"), READ_REV INIT_LINK("08"), NULL);

    cr_assert_eq(list.count, 0);
}

Test(compare, a_field_is_named_with_both_values)
{
    struct difference_list list = compare(READ_REV INIT_LINK("00"), READ_REV INIT_LINK("08"), NULL);
    const struct difference *d = only(&list);

    cr_assert_eq(d->what, DIFFERENCE_FIELD);
    cr_assert_str_eq(d->key, "INIT_LINK");
    cr_assert_eq(d->ours, 0);
    cr_assert_eq(d->theirs, 8);
    cr_assert_eq(difference_unexplained(&list), 1);
    difference_free(&list);
}

Test(compare, what_one_side_never_says_is_told)
{
    struct difference_list list = compare(READ_REV READ_CONFIG, READ_REV NOP_COMMAND, NULL);

    cr_assert_eq(list.count, 2);
    cr_assert_eq(list.items[0].what, DIFFERENCE_ONLY_OURS);
    cr_assert_str_eq(list.items[0].key, "READ_CONFIG");
    cr_assert_eq(list.items[1].what, DIFFERENCE_ONLY_THEIRS);
    cr_assert_str_eq(list.items[1].key, "NOP");
    difference_free(&list);
}

Test(compare, another_order_is_told_once)
{
    struct difference_list list =
        compare(READ_REV READ_CONFIG INIT_LINK("08"), READ_CONFIG READ_REV INIT_LINK("08"), NULL);
    const struct difference *d = only(&list);

    cr_assert_eq(d->what, DIFFERENCE_ORDER);
    difference_free(&list);
}

Test(compare, repetitions_are_no_difference)
{
    struct difference_list list = compare(READ_REV READ_REV READ_CONFIG, READ_REV READ_CONFIG READ_REV, NULL);

    cr_assert_eq(list.count, 0);
}

Test(compare, wqes_are_read_field_by_field)
{
    /* FCP_IREAD64 (9A) with XRI 5 and RPI 3 in word 6; class 3 in word 7 bits 18:16. */
#define WQE(xri, word7) \
    "{\"event\":\"WQE_FETCH\",\"t\":5,\"from\":\"port\",\"port\":0,\"data\":\"" \
    "000000000000000000000000" \
    "000000000000000000000000" xri "000300" word7 "\"}\n"
    struct difference_list list = compare(WQE("05", "009a0200"), WQE("06", "009a0200"), NULL);
    const struct difference *d = only(&list);

    cr_assert_str_eq(d->key, "FCP_IREAD64");
    cr_assert_str_eq(d->field, "xri_tag");
    cr_assert_eq(d->ours, 5);
    cr_assert_eq(d->theirs, 6);
    difference_free(&list);
}

Test(compare, frames_are_read_word_by_word)
{
    /* FLOGI: R_CTL 22, D_ID FFFFFE, type 01; two words of payload. */
#define FLOGI(word) \
    "{\"event\":\"FRAME_TX\",\"t\":5,\"from\":\"link\",\"port\":0,\"s_id\":0,\"d_id\":16777214,\"data\":\"" \
    "22fffffe0000000001290000" \
    "00000000" \
    "0001ffff00000000" \
    "04000000" word "\"}\n"
    struct difference_list list = compare(FLOGI("20200003"), FLOGI("20200010"), NULL);
    const struct difference *d = only(&list);

    cr_assert_str_eq(d->key, "FLOGI to FFFFFE");
    cr_assert_str_eq(d->field, "word 1");
    cr_assert_eq(d->ours, 0x20200003);
    difference_free(&list);
}

Test(compare, explained_differences_are_good_and_idle_explanations_are_not)
{
    struct difference_list list =
        compare(READ_REV INIT_LINK("00"), READ_REV INIT_LINK("08"),
                "# Title\n\n| kind | key | field | why |\n| --- | --- | --- | --- |\n"
                "| mailbox | INIT_LINK | * | we leave the speed to the port |\n"
                "| wqe | `FCP_*` | xri_tag | identifiers |\n");

    cr_assert_eq(list.count, 1);
    cr_assert_eq(difference_unexplained(&list), 0);
    cr_assert_str_eq(list.items[0].explained->why, "we leave the speed to the port");
    cr_assert_eq(difference_idle_explanations(&list), 1);
    difference_free(&list);
}

Test(compare, a_row_that_lacks_its_reason_is_refused)
{
    struct difference_list list = {0};
    const char *name = file("| mailbox | INIT_LINK | speed |\n");

    cr_assert_not(difference_read_explanations(&list, name, error));
    cr_assert_not_null(strstr(error, ":1: the row needs"));
    unlink(name);
}

Test(compare, bad_traces_are_named_with_their_line)
{
    cr_assert_not_null(strstr(load_error("{\"event\":"), ":1:"));
    cr_assert_not_null(strstr(
        load_error(READ_REV "{\"event\":\"NONE\",\"t\":1,\"from\":\"port\",\"port\":0}\n"), ":2: field"));
    cr_assert_not_null(strstr(load_error(""), "no mailbox command"));
    cr_assert_not_null(strstr(load_error("{\"ok\":true}\n"), "no mailbox command"));
}
