/* SPDX-License-Identifier: BSD-2-Clause */
/* How two conversations differ, and which of the differences somebody has explained.
 *
 * Compared are, for each kind and key: whether both sides say it at all; whether first sayings come in the same order
 * (those off the longest common order are told); and each field of the first saying that both have. */
#pragma once
#include "bench/compare/conversation.h"

enum difference_what { DIFFERENCE_ONLY_OURS, DIFFERENCE_ONLY_THEIRS, DIFFERENCE_ORDER, DIFFERENCE_FIELD };

struct difference {
    enum difference_what what;
    enum saying_kind kind;
    char key[SAYING_KEY_BYTES];
    char field[40];                /* "only ours", "only theirs", "order", or the field's name */
    uint32_t ours, theirs;         /* DIFFERENCE_FIELD */
    const struct explanation *explained; /* NULL: nobody did */
};

/* One row of a table in Markdown: | kind | key | field | why |; key and field may have * and ? (as file names do). */
struct explanation {
    char kind[16], key[SAYING_KEY_BYTES], field[40];
    char why[400];
    unsigned line;
    unsigned used; /* differences that it explains */
};

struct difference_list {
    struct difference *items;
    size_t count;
    struct explanation *explanations;
    size_t explanation_count;
};

/* Reads the rows of a Markdown file whose first cell is mailbox, wqe or frame. False with a message. */
bool difference_read_explanations(struct difference_list *list, const char *path,
                                  char error[CONVERSATION_ERROR_BYTES]);
/* Fills items; explains what is explained. */
void difference_find(struct difference_list *list, const struct conversation *ours,
                     const struct conversation *theirs);
/* Differences nobody explained are a mistake. Explanations that explain nothing are told, no more: what a driver does
 * once in a while (a heartbeat, a keep-alive) need not fall into every recording. */
size_t difference_unexplained(const struct difference_list *list);
size_t difference_idle_explanations(const struct difference_list *list);
void difference_free(struct difference_list *list);
