/* SPDX-License-Identifier: BSD-2-Clause */
/* The sequence ladder as SVG: a lane for each party, time downwards, one row an event, so that labels never meet.
 * Rows are evenly spaced; where nothing happened for long, a gap says how long. */
#include <string.h>
#include "reports/html.h"

enum {
    TIME_X = 96, /* right edge of the stamps */
    FIRST_LANE_X = 164,
    RIGHT_MARGIN = 66,
    ROW = 27,
    PAUSE_ROW = 26,
    TOP = 8,
    HEAD = 34,
    CHAR_TENTHS = 58, /* width of a character of a label, in tenths of a pixel */
    MOST_LANES = 26
};

static const int64_t PAUSE_PS = 100000000; /* 100 us */

struct drawing {
    FILE *out;
    int lanes, spacing, width;
    int64_t first_ps;
};

static int x_of(const struct drawing *d, int64_t lane)
{
    return FIRST_LANE_X + (int)lane * d->spacing;
}

/* ---- checks: a record may hold anything ---- */

static int64_t lane_of(const struct drawing *d, const json_t *event, const char *key)
{
    int64_t lane = record_integer(event, key);

    return lane < 0 ? 0 : lane >= d->lanes ? d->lanes - 1 : lane;
}

/* A class name from the record only if it is one of ours. */
static const char *known(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (!strcmp(*words, word))
            return *words;
    return "";
}

static const char *kind_of(const json_t *event)
{
    static const char *const kinds[] = {"doorbell", "wqe",   "cqe",   "frame",  "mailbox", "interrupt", "io",
                                        "ls",       "fault", "state", "breach", "gap",     NULL};

    return known(record_string(event, "kind"), kinds);
}

static const char *tone_of(const json_t *event)
{
    static const char *const tones[] = {"abort", "error", NULL};

    return known(record_string(event, "tone"), tones);
}

/* At most `room` characters of UTF-8. */
static void shorten(char *out, size_t bytes, const char *text, int room)
{
    size_t n = 0;
    int seen = 0;

    for (; text[n] && n + 5 < bytes; n++)
        if ((text[n] & 0xc0) != 0x80 && seen++ == room)
            break;
    snprintf(out, bytes, "%.*s%s", (int)n, text, text[n] ? "\xe2\x80\xa6" : "");
}

/* ---- parts ---- */

static void lanes(const struct drawing *d, int from, int to)
{
    for (int i = 0; i < d->lanes; i++)
        html(d->out, "<path class=\"lane\" d=\"M%d %dV%d\"/>", x_of(d, i), from, to);
}

static void head(const struct drawing *d, const json_t *names)
{
    html(d->out, "<div class=\"lhead\"><svg width=\"%d\" height=\"%d\" role=\"presentation\">", d->width,
         HEAD);
    html(d->out, "<text class=\"ts\" x=\"%d\" y=\"21\">us</text>", TIME_X);
    for (int i = 0; i < d->lanes; i++) {
        const char *name = json_string_value(json_array_get(names, (size_t)i));
        html(d->out, "<rect class=\"lbox\" x=\"%d\" y=\"5\" width=\"84\" height=\"24\" rx=\"6\"/>",
             x_of(d, i) - 42);
        html(d->out, "<text class=\"lname\" x=\"%d\" y=\"21\" text-anchor=\"middle\">%s</text>", x_of(d, i),
             name ? name : "?");
    }
    html(d->out, "</svg></div>");
}

/* What was shortened is told in full where the pointer rests. */
static void whole_text(const struct drawing *d, const char *label, const char *text)
{
    if (strcmp(label, text) != 0)
        html(d->out, "<title>%s</title>", text);
}

static void arrow(const struct drawing *d, int from, int to, int y, const char *text)
{
    int tip = to > from ? to - 2 : to + 2, back = to > from ? to - 9 : to + 9;
    int span = (to > from ? to - from : from - to) * 10;
    int middle = (from + to) / 2;
    char label[200];

    shorten(label, sizeof label, text, (span < 2600 ? span + 500 : span) / CHAR_TENTHS);
    html(d->out, "<path class=\"ar\" d=\"M%d %dH%dM%d %dL%d %dL%d %d\"/>", from, y, tip, back, y - 4, tip, y,
         back, y + 4);
    html(d->out, "<circle class=\"dot\" cx=\"%d\" cy=\"%d\" r=\"2.5\"/>", from, y);
    html(d->out, "<text class=\"lb\" x=\"%d\" y=\"%d\">%s</text>", middle, y - 6, label);
    whole_text(d, label, text);
}

/* A note stands beside its lane, on the side that has more room. */
static void note(const struct drawing *d, int x, int y, const char *text)
{
    bool right = x - FIRST_LANE_X < d->width - RIGHT_MARGIN - x + FIRST_LANE_X;
    int room = right ? d->width - x - 16 : x - FIRST_LANE_X;
    char label[200];

    shorten(label, sizeof label, text, room * 10 / CHAR_TENTHS);
    html(d->out, "<path class=\"nd\" d=\"M%d %dl6 -6l6 6l-6 6z\"/>", x - 6, y - 4);
    html(d->out, "<text class=\"lb %s\" x=\"%d\" y=\"%d\">%s</text>", right ? "after" : "before",
         right ? x + 12 : x - 12, y, label);
    whole_text(d, label, text);
}

static void event_row(const struct drawing *d, const json_t *event, int y)
{
    int from = x_of(d, lane_of(d, event, "from")), to = x_of(d, lane_of(d, event, "to"));
    const char *text = record_string(event, "text"), *kind = kind_of(event), *tone = tone_of(event);
    double us = (double)(record_integer(event, "time_ps") - d->first_ps) / 1e6;
    const json_t *xri = json_object_get(event, "xri");

    html(d->out, "<g class=\"e k-%s%s%s\"", kind, *tone ? " t-" : "", tone);
    if (json_is_integer(xri))
        html(d->out, " data-x=\"%lld\"", (long long)json_integer_value(xri));
    html(d->out, "><rect class=\"row\" y=\"%d\" width=\"100%%\" height=\"%d\"/>", y - ROW + 8, ROW);
    if (!strcmp(kind, "gap")) {
        html(d->out, "<text class=\"lb\" x=\"%d\" y=\"%d\">%s</text></g>\n", (from + to) / 2, y - 2, text);
        return;
    }
    html(d->out, "<text class=\"ts\" x=\"%d\" y=\"%d\">%.3f</text>", TIME_X, y, us);
    if (from == to)
        note(d, from, y, text);
    else
        arrow(d, from, to, y, text);
    html(d->out, "</g>\n");
}

static void pause_row(const struct drawing *d, int64_t ps, int y)
{
    char text[32];

    html(d->out, "<g class=\"pause\"><path d=\"M%d %dH%d\"/>", FIRST_LANE_X, y, x_of(d, d->lanes - 1));
    html(d->out, "<text class=\"lb\" x=\"%d\" y=\"%d\">%s later</text></g>\n",
         (FIRST_LANE_X + x_of(d, d->lanes - 1)) / 2, y + 4, html_duration(text, ps));
}

/* ---- the whole ---- */

static bool is_pause(const json_t *events, size_t i)
{
    return i && record_integer(json_array_get(events, i), "time_ps") -
                        record_integer(json_array_get(events, i - 1), "time_ps") >=
                    PAUSE_PS;
}

static int height_of(const json_t *events)
{
    int height = TOP + 12;

    for (size_t i = 0; i < json_array_size(events); i++)
        height += ROW + (is_pause(events, i) ? PAUSE_ROW : 0);
    return height;
}

static void legend(const struct drawing *d, const json_t *events)
{
    static const struct {
        const char *kind, *text;
    } kinds[] = {{"wqe", "WQE"},
                 {"cqe", "CQE"},
                 {"frame", "frame"},
                 {"mailbox", "mailbox"},
                 {"interrupt", "interrupt"},
                 {"io", "request"},
                 {"ls", "LS request"},
                 {"state", "state"},
                 {"fault", "fault"},
                 {"breach", "breach"}};
    json_t *event;
    size_t i;

    html(d->out, "<p class=\"legend\">");
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        json_array_foreach(events, i, event)
            if (!strcmp(kind_of(event), kinds[k].kind)) {
                html(d->out, "<span class=\"k-%s\"><i></i>%s</span>", kinds[k].kind, kinds[k].text);
                break;
            }
    html(d->out, "</p>\n");
}

void html_ladder(FILE *out, const json_t *ladder)
{
    const json_t *names = json_object_get(ladder, "lanes"), *events = json_object_get(ladder, "events");
    struct drawing d = {.out = out, .lanes = (int)json_array_size(names)};
    int y = TOP;

    if (!json_array_size(events) || d.lanes < 1 || d.lanes > MOST_LANES)
        return;
    d.spacing = d.lanes > 4 ? 186 : 250;
    d.width = x_of(&d, d.lanes - 1) + RIGHT_MARGIN;
    d.first_ps = record_integer(json_array_get(events, 0), "time_ps");
    html(out, "<section class=\"screen\"><h4>Sequence</h4><p class=\"note\">0 is %.3f us of the run.</p>\n",
         (double)d.first_ps / 1e6);
    legend(&d, events);
    html(out, "<div class=\"ladder\" tabindex=\"0\">");
    head(&d, names);
    html(out, "<svg width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"Sequence of %zu events\">", d.width,
         height_of(events), json_array_size(events));
    lanes(&d, 0, height_of(events));
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *event = json_array_get(events, i);
        if (is_pause(events, i)) {
            y += PAUSE_ROW;
            pause_row(&d,
                      record_integer(event, "time_ps") -
                          record_integer(json_array_get(events, i - 1), "time_ps"),
                      y - 4);
        }
        y += ROW;
        event_row(&d, event, y);
    }
    html(out, "</svg></div>\n");
    if (record_integer(ladder, "dropped"))
        html(out,
             "<p class=\"note\">%lld events of less interest are left out (repeated data frames, mailbox "
             "commands, interrupts); the capture has every frame.</p>\n",
             (long long)record_integer(ladder, "dropped"));
    html(out, "</section>\n");
}
