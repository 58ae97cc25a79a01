/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a fuzz target over the inputs that are kept: bench/fuzz/corpus/TARGET/, TARGET being the program's
 * name less "_regress"; or over the files that are named. A broken rule aborts; the last line then names the
 * input. Writes TAP. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/fuzz/fuzz.h"

enum { MOST_BYTES = 65536 };

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void run(const char *path, unsigned number)
{
    static uint8_t data[MOST_BYTES];
    FILE *file;
    size_t size;

    file = fopen(path, "rb");
    if (!file) {
        printf("not ok %u - %s cannot be read\n", number, path);
        return;
    }
    size = fread(data, 1, sizeof data, file);
    fclose(file);
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(data, size);
    printf("ok %u - %s keeps every rule\n", number, path);
    fflush(stdout);
}

static int run_folder(const char *program)
{
    const char *name = strrchr(program, '/') ? strrchr(program, '/') + 1 : program;
    struct dirent **entry = NULL;
    char folder[256], path[512];
    int count;

    snprintf(folder, sizeof folder, "bench/fuzz/corpus/%.*s", (int)(strlen(name) - strlen("_regress")), name);
    count = scandir(folder, &entry, is_input, alphasort);
    if (count < 0) {
        printf("Bail out! %s cannot be read\n", folder);
        return 1;
    }
    printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
        run(path, (unsigned)i + 1);
        free(entry[i]);
    }
    free(entry);
    return 0;
}

int main(int argc, char **argv)
{
    fuzz_replays_all = true;
    if (argc == 1)
        return run_folder(argv[0]);
    printf("1..%d\n", argc - 1);
    for (int i = 1; i < argc; i++)
        run(argv[i], (unsigned)i);
    return 0;
}
