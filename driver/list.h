/* SPDX-License-Identifier: BSD-2-Clause */
/* A circular doubly linked list with a head; an element carries its links. Not locked. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct list_head {
    struct list_head *next, *prev;
};

/* The structure of type `type` whose member `member` is *link. */
#define list_entry(link, type, member) ((type *)((char *)(link) - offsetof(type, member)))

#define list_for_each(at, head) for (struct list_head *at = (head)->next; at != (head); at = at->next)

/* `at` may be removed inside the loop. */
#define list_for_each_safe(at, following, head) \
    for (struct list_head *at = (head)->next, *following = at->next; at != (head); \
         at = following, following = at->next)

static inline void list_init(struct list_head *head)
{
    head->next = head->prev = head;
}
static inline bool list_empty(const struct list_head *head)
{
    return head->next == head;
}

static inline void list_add_between(struct list_head *link, struct list_head *before, struct list_head *after)
{
    link->prev = before;
    link->next = after;
    before->next = link;
    after->prev = link;
}

static inline void list_add_head(struct list_head *link, struct list_head *head)
{
    list_add_between(link, head, head->next);
}

static inline void list_add_tail(struct list_head *link, struct list_head *head)
{
    list_add_between(link, head->prev, head);
}

/* Leaves the link pointing to itself: list_empty(link) tells that it stands in no list. */
static inline void list_del(struct list_head *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    list_init(link);
}

/* Moves all of `from` to the end of `to`; `from` is empty afterwards. */
static inline void list_splice_tail(struct list_head *from, struct list_head *to)
{
    if (list_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}
