/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/hba/no_iommu.h"
#include <stdio.h>
#include <string.h>
#include "driver/platform/direct.h"

static const char prefix[] = "/slibench-";

/* A line of mountinfo: "id parent dev root POINT options... - TYPE source OPTIONS" (proc_pid_mountinfo(5)). */
static bool is_huge_mount(const char *line, char point[1024])
{
    const char *type = strstr(line, " - hugetlbfs ");

    return type && strstr(type, "pagesize=2M") && sscanf(line, "%*d %*d %*s %*s %1023s", point) == 1 &&
           *point == '/' && !strchr(point, '\\');
}

bool hba_memory_file(const struct hba_places *places, const char *bdf, char out[HBA_PATH_BYTES])
{
    char path[HBA_PATH_BYTES], line[4096], point[1024];
    bool found = false;
    FILE *f;

    snprintf(path, sizeof path, "%s/self/mountinfo", places->proc);
    f = fopen(path, "r");
    while (f && !found && fgets(line, sizeof line, f))
        found = is_huge_mount(line, point);
    if (f)
        fclose(f);
    if (found)
        snprintf(out, HBA_PATH_BYTES, "%s%s%.12s", point, prefix, bdf);
    return found;
}

bool hba_is_memory_file(const char *path, const char *bdf)
{
    const char *name = strrchr(path, '/');

    return *path == '/' && !strncmp(name, prefix, strlen(prefix)) && !strcmp(name + strlen(prefix), bdf);
}

unsigned hba_free_huge_pages(const struct hba_places *places)
{
    char path[HBA_PATH_BYTES];
    unsigned count = 0;
    FILE *f;

    snprintf(path, sizeof path, "%s/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", places->sys);
    f = fopen(path, "r");
    if (f && fscanf(f, "%u", &count) != 1)
        count = 0;
    if (f)
        fclose(f);
    return count;
}

bool hba_knows_physical(const struct hba_places *places, const void *page)
{
    char path[HBA_PATH_BYTES];

    snprintf(path, sizeof path, "%s/self/pagemap", places->proc);
    return direct_physical(path, page) != 0;
}

void hba_warn_no_iommu(const char *bdf)
{
    fprintf(stderr,
            "WARNING: %s without an IOMMU (--unsafe-no-iommu). Nothing stands between it and this machine:\n"
            "  - it can read and write ALL memory: a wrong address, of ours or of its firmware, damages the "
            "kernel,\n"
            "    other programs or files, and nobody reports it;\n"
            "  - its memory is %d MiB of huge pages; if slibench is killed, it goes on writing there until\n"
            "    'slibench hba restore' has stopped it: until then they stay taken;\n"
            "  - there are no interrupts: a processor polls.\n"
            "  Only on a machine that may be lost.\n",
            bdf, DIRECT_HUGE_PAGES * (DIRECT_HUGE_BYTES >> 20));
}
