/* SPDX-License-Identifier: BSD-2-Clause */
/* "Did you mean ..?": of the names that there are, those that come nearest to one that there is not. For whatever takes
 * names: scenarios, commands, verbs, fields, rules, profiles. */
#pragma once
#ifdef __cplusplus
extern "C" {
#endif

enum { NEAREST_NAMES = 3, NEAREST_NAME_BYTES = 64, NEAREST_WORDS_BYTES = 256 };

struct nearest {
    char given[NEAREST_NAME_BYTES];
    char best[NEAREST_NAMES][NEAREST_NAME_BYTES]; /* "": none; the nearest first, then by name */
    unsigned distance[NEAREST_NAMES];
    char words[NEAREST_WORDS_BYTES];
};

void nearest_begin(struct nearest *n, const char *given);
/* A name is near if few letters differ (swapped neighbours count once), if it holds what was given, or if either is so of
 * what stands after its '.' ("link.down" for "down"). */
void nearest_offer(struct nearest *n, const char *name);
/* The words of a list, separated by blanks. */
void nearest_offer_words(struct nearest *n, const char *list);
/* "; did you mean 'link.down' or 'link.drop'?", or "" if nothing is near. Lives as long as `n`. */
const char *nearest_words(struct nearest *n);

#ifdef __cplusplus
}
#endif
