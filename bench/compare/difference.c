/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/compare/difference.h"
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/compare/grow.h"

enum { MOST_KEYS = 512 };

/* ---- explanations ---- */

/* The next cell of a table row, trimmed, ticks taken off; false: there is none. */
static bool next_cell(char **at, char *out, size_t bytes)
{
    char *begin = *at, *end = strchr(begin, '|');

    if (!end)
        return false;
    *at = end + 1;
    while (begin < end && strchr(" `\t", *begin))
        begin++;
    while (end > begin && strchr(" `\t", end[-1]))
        end--;
    snprintf(out, bytes, "%.*s", (int)(end - begin), begin);
    return true;
}

static bool is_kind(const char *text)
{
    for (unsigned k = 0; k < SAYING_KINDS; k++)
        if (!strcmp(text, saying_kind_names[k]))
            return true;
    return false;
}

/* 1: a row of ours; 0: something else; -1: a row that lacks something. */
static int read_row(char *line, struct explanation *x)
{
    char *at = line + 1;

    if (*line != '|' || !next_cell(&at, x->kind, sizeof x->kind) || !is_kind(x->kind))
        return 0;
    if (!next_cell(&at, x->key, sizeof x->key) || !next_cell(&at, x->field, sizeof x->field) ||
        !next_cell(&at, x->why, sizeof x->why) || !*x->key || !*x->field || !*x->why)
        return -1;
    return 1;
}

bool difference_read_explanations(struct difference_list *list, const char *path,
                                  char error[CONVERSATION_ERROR_BYTES])
{
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    unsigned number = 0;
    bool good = true;

    if (!f) {
        snprintf(error, CONVERSATION_ERROR_BYTES, "%.300s: %s", path, strerror(errno));
        return false;
    }
    while (good && getline(&line, &room, f) > 0) {
        struct explanation x = {.line = ++number};
        int row = read_row(line, &x);
        if (row < 0) {
            snprintf(error, CONVERSATION_ERROR_BYTES, "%.300s:%u: the row needs kind, key, field and why",
                     path, number);
            good = false;
        }
        if (row <= 0)
            continue;
        list->explanations =
            grow(list->explanations, (list->explanation_count + 1) * sizeof *list->explanations);
        list->explanations[list->explanation_count++] = x;
    }
    free(line);
    fclose(f);
    return good;
}

/* Rows further up win: the particular stands before the general. */
static struct explanation *explain(struct difference_list *list, const struct difference *d)
{
    for (size_t i = 0; i < list->explanation_count; i++) {
        struct explanation *x = &list->explanations[i];
        if (!strcmp(x->kind, saying_kind_names[d->kind]) && !fnmatch(x->key, d->key, 0) &&
            !fnmatch(x->field, d->field, 0)) {
            x->used++;
            return x;
        }
    }
    return NULL;
}

/* ---- finding ---- */

static void add(struct difference_list *list, const struct saying *s, enum difference_what what,
                const char *field, uint32_t ours, uint32_t theirs)
{
    struct difference *d;

    list->items = grow(list->items, (list->count + 1) * sizeof *list->items);
    d = &list->items[list->count++];
    *d = (struct difference){.what = what, .kind = s->kind, .ours = ours, .theirs = theirs};
    snprintf(d->key, sizeof d->key, "%s", s->key);
    snprintf(d->field, sizeof d->field, "%s", field);
    d->explained = explain(list, d);
}

/* First sayings of each key, in order. */
struct firsts {
    const struct saying *item[MOST_KEYS];
    unsigned count;
};

static const struct saying *first(const struct firsts *f, const struct saying *like)
{
    for (unsigned i = 0; i < f->count; i++)
        if (f->item[i]->kind == like->kind && !strcmp(f->item[i]->key, like->key))
            return f->item[i];
    return NULL;
}

static void find_firsts(struct firsts *f, const struct conversation *c, enum saying_kind kind)
{
    f->count = 0;
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].kind == kind && !first(f, &c->items[i]) && f->count < MOST_KEYS)
            f->item[f->count++] = &c->items[i];
}

static const struct saying_field *field_of(const struct saying *s, const char *name)
{
    for (unsigned i = 0; i < s->field_count; i++)
        if (!strcmp(s->fields[i].name, name))
            return &s->fields[i];
    return NULL;
}

/* A field that one side does not have (another version of the command) counts as 0 there. */
static void compare_fields(struct difference_list *list, const struct saying *ours,
                           const struct saying *theirs)
{
    for (unsigned i = 0; i < ours->field_count; i++) {
        const struct saying_field *other = field_of(theirs, ours->fields[i].name);
        uint32_t value = other ? other->value : 0;
        if (ours->fields[i].value != value)
            add(list, ours, DIFFERENCE_FIELD, ours->fields[i].name, ours->fields[i].value, value);
    }
    for (unsigned i = 0; i < theirs->field_count; i++)
        if (theirs->fields[i].value && !field_of(ours, theirs->fields[i].name))
            add(list, theirs, DIFFERENCE_FIELD, theirs->fields[i].name, 0, theirs->fields[i].value);
}

/* Length of the longest common order of ours[i..] and theirs[j..], over the keys that both have. */
static uint16_t common[MOST_KEYS + 1][MOST_KEYS + 1];

static void compare_order(struct difference_list *list, const struct firsts *ours,
                          const struct firsts *theirs)
{
    struct firsts a = {.count = 0}, b = {.count = 0};

    for (unsigned i = 0; i < ours->count; i++)
        if (first(theirs, ours->item[i]))
            a.item[a.count++] = ours->item[i];
    for (unsigned i = 0; i < theirs->count; i++)
        if (first(ours, theirs->item[i]))
            b.item[b.count++] = theirs->item[i];
    memset(common, 0, sizeof common);
    for (unsigned i = a.count; i-- > 0;)
        for (unsigned j = b.count; j-- > 0;)
            common[i][j] = !strcmp(a.item[i]->key, b.item[j]->key) ? (uint16_t)(common[i + 1][j + 1] + 1)
                           : common[i + 1][j] > common[i][j + 1]   ? common[i + 1][j]
                                                                   : common[i][j + 1];
    for (unsigned i = 0, j = 0; i < a.count;)
        if (j < b.count && !strcmp(a.item[i]->key, b.item[j]->key)) {
            i++;
            j++;
        } else if (j < b.count && common[i][j + 1] >= common[i + 1][j])
            j++;
        else
            add(list, a.item[i++], DIFFERENCE_ORDER, "order", 0, 0);
}

void difference_find(struct difference_list *list, const struct conversation *ours,
                     const struct conversation *theirs)
{
    static struct firsts a, b;

    for (unsigned kind = 0; kind < SAYING_KINDS; kind++) {
        find_firsts(&a, ours, (enum saying_kind)kind);
        find_firsts(&b, theirs, (enum saying_kind)kind);
        for (unsigned i = 0; i < a.count; i++)
            if (!first(&b, a.item[i]))
                add(list, a.item[i], DIFFERENCE_ONLY_OURS, "only ours", 0, 0);
        for (unsigned i = 0; i < b.count; i++)
            if (!first(&a, b.item[i]))
                add(list, b.item[i], DIFFERENCE_ONLY_THEIRS, "only theirs", 0, 0);
        compare_order(list, &a, &b);
        for (unsigned i = 0; i < a.count; i++) {
            const struct saying *other = first(&b, a.item[i]);
            if (other)
                compare_fields(list, a.item[i], other);
        }
    }
}

size_t difference_unexplained(const struct difference_list *list)
{
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += !list->items[i].explained;
    return count;
}

size_t difference_idle_explanations(const struct difference_list *list)
{
    size_t count = 0;

    for (size_t i = 0; i < list->explanation_count; i++)
        count += !list->explanations[i].used;
    return count;
}

void difference_free(struct difference_list *list)
{
    free(list->items);
    free(list->explanations);
    *list = (struct difference_list){0};
}
