/* SPDX-License-Identifier: BSD-2-Clause */
#include "rtl-model/nearest.h"
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { FAR = NEAREST_NAME_BYTES };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Letters to insert, remove, replace or swap with their neighbour. */
static unsigned distance(const char *a, const char *b)
{
    unsigned rows[3][NEAREST_NAME_BYTES], *before = rows[0], *last = rows[1], *now = rows[2];
    size_t n = strnlen(a, NEAREST_NAME_BYTES - 1), m = strnlen(b, NEAREST_NAME_BYTES - 1);

    for (unsigned j = 0; j <= m; j++)
        last[j] = before[j] = j;
    for (size_t i = 1; i <= n; i++) {
        unsigned *oldest = before;
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            now[j] = least(last[j - 1] + (a[i - 1] != b[j - 1]), least(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
        before = last;
        last = now;
        now = oldest;
    }
    return last[m];
}

static unsigned distance_to(const char *given, const char *name)
{
    const char *dot = strchr(name, '.');
    unsigned d = distance(given, name), allowed = 1 + (unsigned)strlen(given) / 4;

    if (dot)
        d = least(d, distance(given, dot + 1));
    if (strlen(given) >= 3 && strstr(name, given))
        d = least(d, 1);
    return d <= allowed && *given ? d : FAR;
}

void nearest_begin(struct nearest *n, const char *given)
{
    memset(n, 0, sizeof *n);
    snprintf(n->given, sizeof n->given, "%.63s", given);
}

static bool is_before(const struct nearest *n, unsigned at, unsigned d, const char *name)
{
    return n->distance[at] < d || (n->distance[at] == d && strcmp(n->best[at], name) < 0);
}

void nearest_offer(struct nearest *n, const char *name)
{
    unsigned d = distance_to(n->given, name), at = 0;

    while (at < NEAREST_NAMES && *n->best[at] && is_before(n, at, d, name))
        at++;
    if (d == FAR || at == NEAREST_NAMES || !strcmp(n->best[at], name))
        return;
    for (unsigned i = NEAREST_NAMES - 1; i > at; i--) {
        memcpy(n->best[i], n->best[i - 1], NEAREST_NAME_BYTES);
        n->distance[i] = n->distance[i - 1];
    }
    snprintf(n->best[at], NEAREST_NAME_BYTES, "%.63s", name);
    n->distance[at] = d;
}

void nearest_offer_words(struct nearest *n, const char *list)
{
    char word[NEAREST_NAME_BYTES];
    int used;

    for (; sscanf(list, "%63s%n", word, &used) == 1; list += used)
        nearest_offer(n, word);
}

const char *nearest_words(struct nearest *n)
{
    size_t used = 0;

    *n->words = 0;
    for (unsigned i = 0; i < NEAREST_NAMES && *n->best[i]; i++)
        used += (size_t)snprintf(n->words + used, sizeof n->words - used, "%s'%s'",
                                 !i                                           ? "; did you mean "
                                 : i + 1 == NEAREST_NAMES || !*n->best[i + 1] ? " or "
                                                                              : ", ",
                                 n->best[i]);
    if (used)
        snprintf(n->words + used, sizeof n->words - used, "?");
    return n->words;
}
