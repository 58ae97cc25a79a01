/* SPDX-License-Identifier: BSD-2-Clause */
#include "reports/scratch.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 20 };

char scratch_error[RESULTS_ERROR_BYTES];
static char root[128];

void scratch_make(void)
{
    const char *below = getenv("TMPDIR");

    snprintf(root, sizeof root, "%.90s/slibench-report-XXXXXX", below ? below : "/tmp");
    cr_assert_not_null(mkdtemp(root));
    *scratch_error = 0;
}

void scratch_remove(void)
{
    char command[256];

    snprintf(command, sizeof command, "rm -rf -- '%s'", root);
    cr_assert_eq(system(command), 0);
}

const char *scratch_root(void)
{
    return root;
}

const char *scratch_at(const char *relative)
{
    static char paths[8][512];
    static unsigned next;
    char *path = paths[next++ % 8];

    snprintf(path, sizeof paths[0], "%s/%s", root, relative);
    return path;
}

void scratch_write(const char *path, const char *text)
{
    char folder[512];
    FILE *f;

    snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = 0;
    cr_assert(results_make_folder(folder, scratch_error), "%s", scratch_error);
    f = fopen(path, "wb");
    cr_assert(f, "%s", path);
    fputs(text, f);
    cr_assert_eq(fclose(f), 0);
}

char *scratch_read(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = calloc(1, MOST_BYTES);

    cr_assert(f && text, "%s", path);
    text[fread(text, 1, MOST_BYTES - 1, f)] = 0;
    fclose(f);
    return text;
}

bool scratch_exists(const char *path)
{
    return access(path, F_OK) == 0;
}
