/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/serve/serve_trace.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "bench/trace_log.h"
#include "reports/capture.h"
#include "rtl-model/model.h"

enum { PATH_BYTES = 4096, LINE_BYTES = 512, TEXTS = WORLD_MAX_PORTS + 1 };

struct text {
    char name[16]; /* "port0" */
    FILE *file;
    uint64_t bytes;
};

struct serve_trace {
    struct trace_sink sink;
    const char *folder;
    unsigned ports;
    uint64_t limit;
    struct text texts[TEXTS]; /* by port; behind them that of the fabric */
    struct capture *frames;
    bool failed;
};

static void path_of(const struct serve_trace *t, const char *name, const char *ending, char out[PATH_BYTES])
{
    snprintf(out, PATH_BYTES, "%s/%s%s", t->folder, name, ending);
}

static bool open_text(struct serve_trace *t, struct text *x)
{
    char path[PATH_BYTES];

    path_of(t, x->name, ".txt", path);
    x->bytes = 0;
    x->file = fopen(path, "w");
    return x->file;
}

static void close_text(struct serve_trace *t, struct text *x)
{
    if (!x->file)
        return;
    t->failed |= ferror(x->file) != 0;
    t->failed |= fclose(x->file) != 0;
    x->file = NULL;
}

/* The present file becomes the old one. */
static void put_away(struct serve_trace *t, const char *name, const char *ending)
{
    char from[PATH_BYTES], to[PATH_BYTES], old[32];

    snprintf(old, sizeof old, ".old%s", ending);
    path_of(t, name, ending, from);
    path_of(t, name, old, to);
    t->failed |= rename(from, to) != 0;
}

static void write_line(struct serve_trace *t, struct text *x, const struct trace_event *e)
{
    char line[LINE_BYTES];

    if (x->bytes >= t->limit) {
        close_text(t, x);
        put_away(t, x->name, ".txt");
        t->failed |= !open_text(t, x);
    }
    if (!x->file)
        return;
    trace_line(e, line, sizeof line);
    x->bytes += strlen(line) + 1;
    fputs(line, x->file);
    fputc('\n', x->file);
}

static void add_frame(struct serve_trace *t, const struct trace_event *e)
{
    char path[PATH_BYTES], error[OUT_FILE_ERROR_BYTES];

    if (t->frames && capture_bytes(t->frames) >= t->limit) {
        t->failed |= !capture_end(t->frames);
        put_away(t, "frames", ".pcapng");
        path_of(t, "frames", ".pcapng", path);
        t->frames = capture_begin(path, error);
        t->failed |= !t->frames;
    }
    if (t->frames)
        capture_add(t->frames, e);
}

static void on_event(void *context, const struct trace_event *e)
{
    struct serve_trace *t = context;

    write_line(t, &t->texts[e->port < t->ports ? e->port : t->ports], e);
    if (e->type == TRACE_FRAME_TX || e->type == TRACE_FRAME_RX || e->type == TRACE_FRAME_DROP)
        add_frame(t, e);
}

struct serve_trace *serve_trace_begin(const char *folder, unsigned ports, uint64_t limit_bytes,
                                      char error[SERVE_TRACE_ERROR_BYTES])
{
    struct serve_trace *t = calloc(1, sizeof *t);
    char path[PATH_BYTES], why[OUT_FILE_ERROR_BYTES];
    bool ok = t && (mkdir(folder, 0777) == 0 || errno == EEXIST);

    if (ok) {
        *t = (struct serve_trace){.sink = {.event = on_event, .context = t, .wanted = ~0ull},
                                  .folder = folder,
                                  .ports = ports,
                                  .limit = limit_bytes};
        for (unsigned i = 0; ok && i <= ports; i++) {
            snprintf(t->texts[i].name, sizeof t->texts[i].name, "port%u", i);
            if (i == ports)
                strcpy(t->texts[i].name, "fabric");
            ok = open_text(t, &t->texts[i]);
        }
        path_of(t, "frames", ".pcapng", path);
        ok = ok && (t->frames = capture_begin(path, why));
    }
    if (ok)
        return t;
    snprintf(error, SERVE_TRACE_ERROR_BYTES, "trace in %s: %s", folder, strerror(errno));
    if (t)
        serve_trace_end(t);
    return NULL;
}

const struct trace_sink *serve_trace_sink(struct serve_trace *t)
{
    return &t->sink;
}

bool serve_trace_end(struct serve_trace *t)
{
    bool ok;

    for (unsigned i = 0; i < TEXTS; i++)
        close_text(t, &t->texts[i]);
    if (t->frames)
        t->failed |= !capture_end(t->frames);
    ok = !t->failed;
    if (!ok && t->folder)
        fprintf(stderr, "slibench serve: the trace in %s is incomplete: %s\n", t->folder, strerror(errno));
    free(t);
    return ok;
}
