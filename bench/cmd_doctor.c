/* SPDX-License-Identifier: BSD-2-Clause */
/* slibench doctor: what this machine can and cannot run, and how to mend it. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "bench/cli.h"
#include "bench/hba/inventory.h"
#include "bench/rig.h"

struct finding {
    bool ok, needed;
    char text[200];
    const char *mend;
};

static void show(const struct finding *f)
{
    printf("%-4s %s\n", f->ok ? "ok" : f->needed ? "BAD" : "no", f->text);
    if (!f->ok && f->mend)
        printf("     mend: %s\n", f->mend);
}

static bool on_path(const char *program)
{
    const char *path = getenv("PATH");
    char dirs[4096], full[4400];

    snprintf(dirs, sizeof dirs, "%s:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin");
    for (char *save, *dir = strtok_r(dirs, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
        snprintf(full, sizeof full, "%s/%s", dir, program);
        if (access(full, X_OK) == 0)
            return true;
    }
    return false;
}

static bool check_program(const char *program, const char *use, const char *mend)
{
    struct finding f = {.ok = on_path(program), .mend = mend};

    snprintf(f.text, sizeof f.text, "%s: %s", program, use);
    show(&f);
    return true;                   /* nothing of this is needed for the main job */
}

static bool check_model(void)
{
    struct world_config config = {.seed = 1, .port_count = 1, .target_count = 1};
    struct finding f = {.needed = true};
    char error[WORLD_ERROR_BYTES];
    struct rig *rig = rig_create(&config, &(struct lpfc_hba_config){0}, error);

    if (rig && lpfc_hba_bring_up(rig->host[0].hba) == 0) {
        f.ok = true;
        snprintf(f.text, sizeof f.text,
                 "model: the driver brings up a modelled port in %.1f ms of simulated time",
                 (double)rig_now_ns(rig) / 1e6);
    } else {
        snprintf(f.text, sizeof f.text, "model: %.180s", rig ? rig->host[0].hba->dead_reason : error);
    }
    if (rig)
        rig_destroy(rig);
    show(&f);
    return f.ok;
}

static bool check_scratch(void)
{
    struct statvfs fs;
    struct finding f = {.needed = true,
                        .mend = "free some space in /tmp: scenarios keep namespace files there"};
    unsigned long long free_mb = 0;

    if (statvfs("/tmp", &fs) == 0)
        free_mb = (unsigned long long)fs.f_bavail * fs.f_frsize >> 20;
    f.ok = free_mb >= 256 && access("/tmp", W_OK) == 0;
    snprintf(f.text, sizeof f.text, "scratch space: %llu MiB free in /tmp", free_mb);
    show(&f);
    return f.ok;
}

static bool check_hbas(void)
{
    struct finding f = {
        .mend = "the suite runs on the model; slibench hba list tells of HBAs (docs/hardware.md)"};
    char error[HBA_ERROR_BYTES];
    struct hba_list list;

    if (!hba_inventory(&hba_this_machine, &list, error))
        return true;
    for (size_t i = 0; i < list.count; i++)
        printf("     %s %s\n", list.items[i].bdf, list.items[i].name);
    f.ok = list.count;
    snprintf(f.text, sizeof f.text, "HBAs of vendor 10df in this machine: %zu", list.count);
    show(&f);
    hba_list_free(&list);
    return true;
}

int cmd_doctor(int argc, char **argv)
{
    static const struct argp argp = {
        NULL, NULL,
        NULL, "Tells what this machine can and cannot run. Exit status 3 if the main job cannot run.",
        NULL, NULL,
        NULL};
    bool ok;

    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, NULL);
    ok = check_model();
    ok = check_scratch() && ok;
    check_program("mke2fs", "scenarios with a real file system (tools.e2fsprogs)", "install e2fsprogs");
    check_program("tshark", "decodes the captures in tests", "install tshark");
    check_program("valgrind", "counts the driver's instructions (slibench bench)", "install valgrind");
    check_hbas();
    return ok ? EXIT_PASSED : EXIT_ENVIRONMENT;
}
