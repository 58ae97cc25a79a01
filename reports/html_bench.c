/* SPDX-License-Identifier: BSD-2-Clause */
/* Throughput and latency of the model as curves, from bench.json. x is logarithmic (each point doubles), y begins at 0. */
#include <math.h>
#include <string.h>
#include <unistd.h>
#include "reports/html.h"

enum {
    WIDTH = 420,
    HEIGHT = 270,
    LEFT = 52,
    RIGHT = 16,
    TOP = 14,
    BOTTOM = 44,
    MOST_CURVES = 16,
    MOST_X_LABELS = 8, /* else every second */
    COLOURS = 4
};

struct chart {
    const char *title, *over, *x_name, *y_name;
    double (*value)(const json_t *point);
    bool wire; /* with what the wire allows */
};

struct scale {
    double x_low, x_high, y_high, y_step;
};

/* ---- values ---- */

static double megabytes(const json_t *point)
{
    return json_number_value(json_object_get(point, "bytes_per_second")) / 1e6;
}

static double thousands(const json_t *point)
{
    return json_number_value(json_object_get(point, "iops")) / 1e3;
}

static double latency(const json_t *point)
{
    return (double)record_integer(point, "latency_median_ps") / 1e6;
}

static double wire_of(const json_t *curve)
{
    return json_number_value(json_object_get(curve, "wire_bytes_per_second")) / 1e6;
}

static double x_of_point(const struct chart *c, const json_t *point)
{
    return log2((double)record_integer(point, c->over));
}

static bool belongs(const struct chart *c, const json_t *curve)
{
    return !strcmp(record_string(curve, "over"), c->over);
}

/* 1, 2 or 5 times a power of ten: five or fewer of them reach `high`. */
static double step_of(double high)
{
    static const double factors[] = {1, 2, 5, 10};
    double power = pow(10, floor(log10(high / 5)));
    size_t i = 0;

    while (i < 3 && factors[i] * power * 5 < high)
        i++;
    return factors[i] * power;
}

static struct scale scale_of(const struct chart *c, const json_t *curves)
{
    struct scale s = {.x_low = 64, .x_high = 0, .y_high = 0};
    json_t *curve, *point;
    size_t i, k;

    json_array_foreach(curves, i, curve) {
        if (!belongs(c, curve))
            continue;
        if (c->wire)
            s.y_high = fmax(s.y_high, wire_of(curve));
        json_array_foreach(json_object_get(curve, "points"), k, point) {
            s.x_low = fmin(s.x_low, x_of_point(c, point));
            s.x_high = fmax(s.x_high, x_of_point(c, point));
            s.y_high = fmax(s.y_high, c->value(point));
        }
    }
    if (s.y_high > 0) {
        s.y_step = step_of(s.y_high);
        s.y_high = ceil(s.y_high / s.y_step) * s.y_step;
    }
    return s;
}

static double x_at(const struct scale *s, double x)
{
    return LEFT + (x - s->x_low) / (s->x_high - s->x_low) * (WIDTH - LEFT - RIGHT);
}

static double y_at(const struct scale *s, double y)
{
    return HEIGHT - BOTTOM - y / s->y_high * (HEIGHT - TOP - BOTTOM);
}

/* ---- drawing ---- */

static const char *size_text(char out[32], int64_t n, bool bytes)
{
    if (bytes && n >= 1 << 20)
        snprintf(out, 32, "%lldM", (long long)(n >> 20));
    else if (bytes && n >= 1 << 10)
        snprintf(out, 32, "%lldK", (long long)(n >> 10));
    else
        snprintf(out, 32, "%lld", (long long)n);
    return out;
}

static void axes(FILE *out, const struct chart *c, const struct scale *s)
{
    bool many = s->x_high - s->x_low > MOST_X_LABELS;
    char text[32];

    for (int i = 0; i * s->y_step <= s->y_high * 1.001; i++) {
        double y = i * s->y_step;
        html(out, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>", LEFT, y_at(s, y), WIDTH - RIGHT);
        html(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>", LEFT - 8, y_at(s, y) + 4,
             html_count(text, (int64_t)(y + 0.5)));
    }
    for (int i = 0; s->x_low + i <= s->x_high + 0.001; i += many ? 2 : 1)
        html(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>", x_at(s, s->x_low + i),
             HEIGHT - BOTTOM + 18,
             size_text(text, (int64_t)(exp2(s->x_low + i) + 0.5), !strcmp(c->over, "bytes")));
    html(out, "<text class=\"name\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>",
         (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, c->x_name);
}

/* Colour by the port, dashes for writes. */
static void line(FILE *out, const struct chart *c, const struct scale *s, const json_t *curve, size_t colour)
{
    const json_t *points = json_object_get(curve, "points");
    bool write = !strcmp(record_string(curve, "kind"), "write");
    json_t *p;
    size_t i;

    html(out, "<g class=\"cv%zu%s\"><path d=\"", colour, write ? " dashed" : "");
    json_array_foreach(points, i, p)
        html(out, "%s%.1f %.1f", i ? "L" : "M", x_at(s, x_of_point(c, p)), y_at(s, c->value(p)));
    html(out, "\"/>");
    json_array_foreach(points, i, p) {
        char text[32];
        html(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>", x_at(s, x_of_point(c, p)),
             y_at(s, c->value(p)));
        html(out, "%s %s, %s: %.1f %s</title></circle>", record_string(curve, "profile"),
             record_string(curve, "kind"),
             size_text(text, record_integer(p, c->over), !strcmp(c->over, "bytes")), c->value(p), c->y_name);
    }
    html(out, "</g>\n");
    if (c->wire && !write)
        html(out, "<path class=\"wire\" d=\"M%d %.1fH%d\"/>", LEFT, y_at(s, wire_of(curve)), WIDTH - RIGHT);
}

/* Curves of one profile have one colour. */
static size_t colour_of(const json_t *curves, size_t index)
{
    const char *profile = record_string(json_array_get(curves, index), "profile");
    size_t colour = 0;

    for (size_t i = 0; i < index; i++) {
        const char *other = record_string(json_array_get(curves, i), "profile");
        if (!strcmp(other, profile))
            return colour_of(curves, i);
        bool new = true;
        for (size_t k = 0; k < i; k++)
            new &= strcmp(record_string(json_array_get(curves, k), "profile"), other) != 0;
        colour += new;
    }
    return colour % COLOURS;
}

static void legend(FILE *out, const struct chart *c, const json_t *curves)
{
    json_t *curve;
    size_t i;

    html(out, "<p class=\"legend\">");
    json_array_foreach(curves, i, curve)
        if (belongs(c, curve))
            html(out, "<span class=\"cv%zu%s\"><i></i>%s %lldG, %s</span>", colour_of(curves, i),
                 !strcmp(record_string(curve, "kind"), "write") ? " dashed" : "",
                 record_string(curve, "profile"), (long long)record_integer(curve, "speed_gbit"),
                 record_string(curve, "kind"));
    if (c->wire)
        html(out, "<span class=\"wire\"><i></i>what the wire allows</span>");
    html(out, "</p>\n");
}

static void chart(FILE *out, const struct chart *c, const json_t *curves)
{
    struct scale s = scale_of(c, curves);
    json_t *curve;
    size_t i;

    if (s.x_high <= s.x_low || s.y_high <= 0)
        return;
    html(out, "<figure class=\"chart\"><figcaption>%s</figcaption>\n", c->title);
    html(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n", WIDTH, HEIGHT, c->title);
    axes(out, c, &s);
    json_array_foreach(curves, i, curve)
        if (belongs(c, curve))
            line(out, c, &s, curve, colour_of(curves, i));
    html(out, "</svg>\n");
    legend(out, c, curves);
    html(out, "</figure>\n");
}

/* ---- the same as numbers ---- */

static void table(FILE *out, const json_t *curves)
{
    json_t *curve, *p;
    size_t i, k;
    char a[32];

    html(out,
         "<details><summary>The same as numbers</summary><div class=\"scroll\" tabindex=\"0\"><table "
         "class=\"small\"><thead><tr><th scope=\"col\">Port</th><th scope=\"col\">Kind</th>"
         "<th scope=\"col\" class=\"num\">Block</th><th scope=\"col\" class=\"num\">Depth</th>"
         "<th scope=\"col\" class=\"num\">MB/s</th><th scope=\"col\" class=\"num\">1/s</th>"
         "<th scope=\"col\" class=\"num\">Median, us</th><th scope=\"col\" class=\"num\">Longest, us</th>"
         "</tr></thead><tbody>\n");
    json_array_foreach(curves, i, curve)
        json_array_foreach(json_object_get(curve, "points"), k, p) {
            html(out, "<tr><td>%s</td><td>%s</td><td class=\"num\">%s</td>", record_string(curve, "profile"),
                 record_string(curve, "kind"), size_text(a, record_integer(p, "bytes"), true));
            html(out, "<td class=\"num\">%lld</td><td class=\"num\">%.1f</td><td class=\"num\">%s</td>",
                 (long long)record_integer(p, "depth"), megabytes(p),
                 html_count(a, (int64_t)json_number_value(json_object_get(p, "iops"))));
            html(out, "<td class=\"num\">%.3f</td><td class=\"num\">%.3f</td></tr>\n", latency(p),
                 (double)record_integer(p, "latency_max_ps") / 1e6);
        }
    html(out, "</tbody></table></div></details>\n");
}

void html_bench(FILE *out, const struct result_set *set)
{
    static const struct chart charts[] = {
        {"Throughput, MB/s", "bytes", "bytes of a command, 32 outstanding", "MB/s", megabytes, true},
        {"Commands a second, thousands", "depth", "outstanding, 4 KiB each", "thousand/s", thousands, false},
        {"Median latency, us", "depth", "outstanding, 4 KiB each", "us", latency, false}};
    char path[RESULTS_PATH_BYTES + 16], error[RESULTS_ERROR_BYTES];
    const json_t *curves;
    json_t *bench;

    snprintf(path, sizeof path, "%.4000s/bench.json", set->dir);
    if (access(path, F_OK))
        return;
    html(out, "<h2 id=\"performance\">Throughput and latency</h2>\n");
    bench = bench_load(path, error);
    curves = json_object_get(bench, "curves");
    if (!bench)
        html(out, "<p class=\"warn\">%s</p>\n", error);
    else {
        html(out,
             "<p class=\"note\">slibench %s: %s. <b>Absolute values say nothing about a real "
             "card.</b></p>\n<div class=\"charts\">\n",
             record_string(bench, "version"), record_string(bench, "note"));
        for (size_t i = 0; json_array_size(curves) <= MOST_CURVES && i < sizeof charts / sizeof *charts; i++)
            chart(out, &charts[i], curves);
        html(out, "</div>\n");
        table(out, curves);
    }
    json_decref(bench);
}
