/* SPDX-License-Identifier: BSD-2-Clause */
/* The suite as a conformance test: every scenario has what the form wants, every requirement a scenario. And what a broken
 * requirements.lua is told. Run in the root of the project. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bench/scenario.h"

static struct scenario_set suite(void)
{
    struct scenario_set set;
    char error[SCENARIO_ERROR_BYTES];

    cr_assert(scenario_set_load(&set, "scenarios", error), "%s", error);
    cr_assert_gt(set.count, 150);
    return set;
}

/* Text that says something: words, and no place-holder. */
static bool is_meaningful(const char *text)
{
    return strlen(text) >= 20 && strchr(text, ' ') && !strstr(text, "...") && !strstr(text, "TBD");
}

Test(suite, every_scenario_has_purpose_references_procedure_and_observable_results)
{
    struct scenario_set set = suite();

    for (size_t i = 0; i < set.count; i++) {
        const struct scenario *s = &set.items[i];
        cr_expect_not(s->broken, "%s: %s", s->label, s->error);
        cr_expect(is_meaningful(s->purpose), "%s: purpose is \"%s\"", s->label, s->purpose);
        cr_expect_gt(s->references.count, 0, "%s: no references", s->label);
        cr_expect(strstr(s->procedure, ":expect"), "%s: a procedure that expects nothing", s->label);
        cr_expect(!*s->discussion || is_meaningful(s->discussion), "%s: discussion is \"%s\"", s->label,
                  s->discussion);
    }
    scenario_set_free(&set);
}

Test(suite, every_scenario_covers_a_requirement_and_with_it_has_possible_problems)
{
    struct scenario_set set = suite();

    for (size_t i = 0; i < set.count; i++) {
        const struct scenario *s = &set.items[i];
        cr_expect_gt(s->covers.count, 0, "%s: covers no requirement", s->label);
    }
    for (size_t i = 0; i < set.requirements.count; i++) {
        const struct requirement *r = &set.requirements.items[i];
        cr_expect(is_meaningful(r->text), "%s: text is \"%s\"", r->id, r->text);
        cr_expect(is_meaningful(r->problems), "%s: problems is \"%s\"", r->id, r->problems);
        cr_expect(*r->source, "%s: no source", r->id);
    }
    scenario_set_free(&set);
}

Test(suite, every_requirement_has_a_scenario_or_says_why_it_has_none)
{
    struct scenario_set set = suite();
    json_t *matrix = requirements_matrix(&set), *row;
    size_t i;

    cr_assert_eq(json_array_size(matrix), set.requirements.count);
    json_array_foreach(matrix, i, row) {
        bool covered = json_array_size(json_object_get(row, "scenarios")) > 0;
        const char *id = json_string_value(json_object_get(row, "id"));
        const char *uncovered = json_string_value(json_object_get(row, "uncovered"));
        cr_expect(covered || is_meaningful(uncovered), "%s: no scenario covers it", id);
        cr_expect(!covered || !*uncovered, "%s: covered, and says why it is not", id);
    }
    json_decref(matrix);
    scenario_set_free(&set);
}

/* What is inferred must not fail a port. */
Test(suite, a_scenario_is_mandatory_only_if_one_of_its_requirements_is)
{
    struct scenario_set set = suite();

    for (size_t i = 0; i < set.count; i++) {
        const struct scenario *s = &set.items[i];
        bool any = false;
        for (size_t k = 0; k < s->covers.count; k++) {
            const struct requirement *r = requirements_find(&set.requirements, s->covers.items[k]);
            any |= r && !strcmp(r->level, "M");
        }
        cr_expect(any || strcmp(s->status, "M") != 0, "%s: status M, every requirement is FYI", s->label);
    }
    scenario_set_free(&set);
}

/* ---- requirements.lua ---- */

static char folder[128];

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "%.90s/slibench-requirements-XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    cr_assert_not_null(mkdtemp(folder));
}

static void remove_folder(void)
{
    char path[160];

    snprintf(path, sizeof path, "%s/requirements.lua", folder);
    unlink(path);
    rmdir(folder);
}

TestSuite(requirements, .init = make_folder, .fini = remove_folder);

static bool load(const char *source, struct requirement_set *set, char error[REQUIREMENT_ERROR_BYTES])
{
    char path[160];
    FILE *f;

    snprintf(path, sizeof path, "%s/requirements.lua", folder);
    f = fopen(path, "w");
    cr_assert(f);
    fputs(source, f);
    cr_assert_eq(fclose(f), 0);
    return requirements_load(set, folder, error);
}

static void expect_refused(const char *source, const char *said)
{
    struct requirement_set set;
    char error[REQUIREMENT_ERROR_BYTES] = "";

    cr_assert_not(load(source, &set, error));
    cr_assert(strstr(error, "requirements.lua:1: "), "%s", error);
    cr_assert(strstr(error, said), "%s", error);
    cr_assert_eq(set.count, 0);
}

#define FIELDS "text = 'It works', source = 'a.md 1', problems = 'None known'"

Test(requirements, are_read_with_every_field)
{
    struct requirement_set set;
    char error[REQUIREMENT_ERROR_BYTES];

    cr_assert(
        load("requirement { id = 'A-01', level = 'FYI', uncovered = 'later', " FIELDS " }", &set, error),
        "%s", error);
    const struct requirement *r = requirements_find(&set, "A-01");
    cr_assert_not_null(r);
    cr_assert_str_eq(r->text, "It works");
    cr_assert_str_eq(r->level, "FYI");
    cr_assert_str_eq(r->source, "a.md 1");
    cr_assert_str_eq(r->problems, "None known");
    cr_assert_str_eq(r->uncovered, "later");
    cr_assert_null(requirements_find(&set, "A-02"));
    requirements_free(&set);
}

Test(requirements, without_a_field_are_refused_by_name)
{
    expect_refused("requirement { text = 'x' }", "a requirement without id");
    expect_refused("requirement { id = 'A-01', level = 'M', text = 'x', source = 'y' }",
                   "requirement 'A-01': field 'problems' must be a string, it is missing");
    expect_refused("requirement { id = 'A-01', level = 1 == 1, " FIELDS " }",
                   "requirement 'A-01': field 'level' must be a string, it is boolean");
}

Test(requirements, with_a_mistake_are_refused)
{
    expect_refused("requirement { id = 'A-01', level = 'must', " FIELDS " }",
                   "requirement 'A-01': level is 'must', it must be \"M\" or \"FYI\"");
    expect_refused("requirement { id = 'A-01', level = 'M', levle = 'M', " FIELDS " }",
                   "requirement 'A-01': unknown field 'levle'");
    expect_refused("for i = 1, 2 do requirement { id = 'A-01', level = 'M', " FIELDS " } end",
                   "requirement 'A-01' stands twice");
}
