/* SPDX-License-Identifier: BSD-2-Clause */
/* Coverage of the RTL: lines and toggles of each module, what is not reached and why. */
#include "reports/html.h"

/* "94.9": rounded down, so that 100 is all of them. */
static void percent(FILE *out, const json_t *counts, const char *how)
{
    int64_t all = record_integer(counts, "all"), got = record_integer(counts, how);

    if (all <= 0 || got < 0 || got > all)
        html(out, "<td class=\"num\">–</td>");
    else
        html(out, "<td class=\"num\">%lld.%lld</td>", (long long)(got * 1000 / all / 10),
             (long long)(got * 1000 / all % 10));
}

static void cells(FILE *out, const json_t *counts)
{
    char n[32];

    percent(out, counts, "both");
    html(out, "<td class=\"num\">%s</td>", html_count(n, record_integer(counts, "all")));
    percent(out, counts, "tests");
    percent(out, counts, "suite");
}

static void row(FILE *out, const char *name, const json_t *of)
{
    html(out, "<tr><td>%s</td>", name);
    cells(out, json_object_get(of, "lines"));
    cells(out, json_object_get(of, "toggles"));
    html(out, "</tr>\n");
}

static const char *reason(const json_t *object)
{
    const char *why = record_string(object, "why");

    return *why ? why : "not explained";
}

static void missed(FILE *out, const json_t *modules)
{
    json_t *module, *m;
    size_t i, k;
    char n[32];

    html(out, "<details><summary>What is not reached, and why</summary><div class=\"scroll\" "
              "tabindex=\"0\"><table class=\"small\"><thead><tr><th scope=\"col\">Module</th>"
              "<th scope=\"col\" class=\"num\">Toggles</th><th scope=\"col\">Line, or signals (bits)</th>"
              "<th scope=\"col\">Why</th></tr></thead><tbody>\n");
    json_array_foreach(modules, i, module) {
        json_array_foreach(json_object_get(module, "missed_lines"), k, m)
            html(out, "<tr><td>%s</td><td></td><td>line %lld: <code>%s</code></td><td>%s</td></tr>\n",
                 record_string(module, "name"), (long long)record_integer(m, "line"),
                 record_string(m, "text"), reason(m));
        json_array_foreach(json_object_get(module, "missed_toggles"), k, m)
            html(out, "<tr><td>%s</td><td class=\"num\">%s</td><td>%s</td><td>%s</td></tr>\n",
                 record_string(module, "name"), html_count(n, record_integer(m, "count")),
                 record_string(m, "signals"), reason(m));
    }
    html(out, "</tbody></table></div></details>\n");
}

void html_coverage(FILE *out, const struct result_set *set)
{
    const json_t *coverage = json_object_get(set->results, "rtl_coverage");
    const json_t *modules = json_object_get(coverage, "modules");
    json_t *module;
    size_t i;

    if (!coverage)
        return;
    html(out,
         "<h2 id=\"coverage\">Coverage of the RTL</h2>\n<p class=\"note\">Percent reached by the %s and by "
         "the "
         "suite (<code>%s</code>), counted in a build of Verilator that counts (<code>ninja "
         "coverage</code>). A "
         "line counts with its branches, a toggle is one bit of one signal; a module that stands in several "
         "blocks is reached where one of them reaches it. Blocks that only tests have are not in the "
         "suite.</p>\n",
         record_string(coverage, "tests"), record_string(coverage, "suite"));
    html(
        out,
        "<div class=\"scroll\" tabindex=\"0\"><table class=\"small\"><thead><tr><th scope=\"col\">Module</th>"
        "<th scope=\"col\" class=\"num\">Lines, %%</th><th scope=\"col\" class=\"num\">of</th>"
        "<th scope=\"col\" class=\"num\">by tests</th><th scope=\"col\" class=\"num\">by suite</th>"
        "<th scope=\"col\" class=\"num\">Toggles, %%</th><th scope=\"col\" class=\"num\">of</th>"
        "<th scope=\"col\" class=\"num\">by tests</th><th scope=\"col\" class=\"num\">by suite</th>"
        "</tr></thead><tbody>\n");
    row(out, "all", coverage);
    json_array_foreach(modules, i, module)
        row(out, record_string(module, "name"), module);
    html(out, "</tbody></table></div>\n");
    missed(out, modules);
}
