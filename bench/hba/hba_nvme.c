/* SPDX-License-Identifier: BSD-2-Clause */
/* slibench hba identify, read, write and bench: NVMe through an HBA of this machine. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "bench/cli.h"
#include "bench/hba/hba_commands.h"
#include "bench/hba/nvme_session.h"
#include "bench/io_load.h"

static int sorry(const char *error)
{
    fprintf(stderr, "slibench hba: %s\n", error);
    return EXIT_SCENARIO_FAILED;
}

/* Opens, connects, does the work, gives all of it back. */
static int with_controller(const struct hba_arguments *a, const char *nqn,
                           int (*work)(const struct hba_arguments *a, struct hba_nvme *nvme))
{
    struct hba_session s;
    struct hba_nvme nvme;
    char error[HBA_ERROR_BYTES];
    int status;

    if (!hba_command_open(a, &s))
        return EXIT_ENVIRONMENT;
    if (hba_nvme_connect(&nvme, &s, nqn, a->target, error)) {
        hba_nvme_set_timeout(&nvme, a->timeout_ms);
        status = work(a, &nvme);
    } else
        status = sorry(error);
    hba_nvme_disconnect(&nvme);
    return hba_command_close(&s, status);
}

/* ---- identify ---- */

static int show_discovery(const struct hba_arguments *a, struct hba_nvme *n)
{
    struct hba_discovered found;
    char error[HBA_ERROR_BYTES];

    (void)a;
    if (!hba_nvme_discover(n, &found, error))
        return sorry(error);
    printf("target %016" PRIx64 ": %" PRIu64 " subsystem%s\n", n->target, found.count,
           found.count == 1 ? "" : "s");
    for (uint64_t i = 0; i < found.count && i < HBA_MOST_RECORDS; i++)
        printf("  %s at %s\n", found.items[i].nqn, found.items[i].address);
    if (found.count > HBA_MOST_RECORDS)
        printf("  and %" PRIu64 " more\n", found.count - HBA_MOST_RECORDS);
    return EXIT_PASSED;
}

/* Fixed width, filled with spaces. */
static void show_text(const char *name, const uint8_t *at, int bytes)
{
    while (bytes && (at[bytes - 1] == ' ' || !at[bytes - 1]))
        bytes--;
    printf("%-11s%.*s\n", name, bytes, at);
}

static int show_controller(const struct hba_arguments *a, struct hba_nvme *n)
{
    const uint8_t *data = n->memory.cpu;
    char error[HBA_ERROR_BYTES];
    uint8_t sqe[NVME_SQE_BYTES];

    hba_nvme_entry(sqe, NVME_ADMIN_IDENTIFY, 0);
    sqe[NVME_SQE_CDW10_AT] = NVME_CNS_CONTROLLER;
    if (!hba_nvme_command(n, 0, sqe, NVME_IDCTRL_BYTES, "Identify Controller", error))
        return sorry(error);
    printf("target     %016" PRIx64 "\n", n->target);
    show_text("subsystem", data + NVME_IDCTRL_SUBNQN_AT, NVME_IDCTRL_SUBNQN_BYTES);
    show_text("model", data + NVME_IDCTRL_MN_AT, 40);
    show_text("serial", data + NVME_IDCTRL_SN_AT, 20);
    show_text("firmware", data + NVME_IDCTRL_FR_AT, 8);
    printf("controller %u; largest command %" PRIu32 " bytes\n", nvme_ctrl_info(n->ctrl).cntlid,
           nvme_ctrl_info(n->ctrl).max_transfer_bytes);
    if (!hba_nvme_namespace(n, a->nsid, error))
        return sorry(error);
    printf("namespace  %" PRIu32 ": %" PRIu64 " blocks of %" PRIu32 " bytes\n", n->nsid, n->blocks,
           n->block_bytes);
    return EXIT_PASSED;
}

int hba_identify(const struct hba_arguments *a)
{
    return *a->nqn ? with_controller(a, a->nqn, show_controller)
                   : with_controller(a, NVME_DISCOVERY_NQN, show_discovery);
}

/* ---- read and write ---- */

static bool in_range(const struct hba_nvme *n, uint64_t lba, uint64_t blocks, char error[HBA_ERROR_BYTES])
{
    if (blocks && lba < n->blocks && blocks <= n->blocks - lba)
        return true;
    snprintf(error, HBA_ERROR_BYTES, "%" PRIu64 " blocks at %" PRIu64 ": namespace %" PRIu32 " has %" PRIu64,
             blocks, lba, n->nsid, n->blocks);
    return false;
}

/* Moves all blocks, a command at a time, between the namespace and a file. */
static bool move_blocks(struct hba_nvme *n, bool write, uint64_t lba, uint64_t blocks, FILE *file,
                        char error[HBA_ERROR_BYTES])
{
    const uint32_t most = n->command_bytes / n->block_bytes;

    while (blocks) {
        uint32_t now = blocks < most ? (uint32_t)blocks : most;
        size_t bytes = (size_t)now * n->block_bytes;
        if (write && fread(n->memory.cpu, 1, bytes, file) != bytes) {
            snprintf(error, HBA_ERROR_BYTES, "the file could not be read to its end");
            return false;
        }
        if (!hba_nvme_blocks(n, write, lba, now, error))
            return false;
        if (!write && fwrite(n->memory.cpu, 1, bytes, file) != bytes) {
            snprintf(error, HBA_ERROR_BYTES, "the file could not be written: %s", strerror(errno));
            return false;
        }
        lba += now;
        blocks -= now;
    }
    return true;
}

static bool flush(struct hba_nvme *n, char error[HBA_ERROR_BYTES])
{
    uint8_t sqe[NVME_SQE_BYTES];

    hba_nvme_entry(sqe, NVME_IO_FLUSH, n->nsid);
    return hba_nvme_command(n, 1, sqe, 0, "flush", error);
}

static int read_blocks(const struct hba_arguments *a, struct hba_nvme *n)
{
    FILE *file = a->file ? fopen(a->file, "w") : stdout;
    char error[HBA_ERROR_BYTES];
    bool good;

    if (!file) {
        fprintf(stderr, "slibench hba: %s: %s\n", a->file, strerror(errno));
        return EXIT_ENVIRONMENT;
    }
    good = hba_nvme_namespace(n, a->nsid, error) && in_range(n, a->lba, a->blocks, error) &&
           move_blocks(n, false, a->lba, a->blocks, file, error);
    if ((a->file ? fclose(file) : fflush(file)) && good) {
        snprintf(error, HBA_ERROR_BYTES, "the file could not be written: %s", strerror(errno));
        good = false;
    }
    if (!good)
        return sorry(error);
    fprintf(stderr, "read %" PRIu64 " blocks of %" PRIu32 " bytes at %" PRIu64 "\n", a->blocks,
            n->block_bytes, a->lba);
    return EXIT_PASSED;
}

int hba_read(const struct hba_arguments *a)
{
    return with_controller(a, a->nqn, read_blocks);
}

static int write_file(struct hba_nvme *n, const struct hba_arguments *a, FILE *file)
{
    char error[HBA_ERROR_BYTES];
    struct stat st;
    uint64_t blocks;

    if (!hba_nvme_namespace(n, a->nsid, error))
        return sorry(error);
    if (fstat(fileno(file), &st) || !S_ISREG(st.st_mode) || st.st_size % n->block_bytes) {
        fprintf(stderr, "slibench hba: %s is no file of whole blocks (%" PRIu32 " bytes)\n", a->file,
                n->block_bytes);
        return EXIT_USAGE;
    }
    blocks = (uint64_t)st.st_size / n->block_bytes;
    if (!in_range(n, a->lba, blocks, error) || !move_blocks(n, true, a->lba, blocks, file, error) ||
        !flush(n, error))
        return sorry(error);
    fprintf(stderr, "wrote %" PRIu64 " blocks of %" PRIu32 " bytes at %" PRIu64 "\n", blocks, n->block_bytes,
            a->lba);
    return EXIT_PASSED;
}

static int write_blocks(const struct hba_arguments *a, struct hba_nvme *n)
{
    FILE *file = fopen(a->file, "r");
    int status;

    if (!file) {
        fprintf(stderr, "slibench hba: %s: %s\n", a->file, strerror(errno));
        return EXIT_ENVIRONMENT;
    }
    status = write_file(n, a, file);
    fclose(file);
    return status;
}

int hba_write(const struct hba_arguments *a)
{
    return with_controller(a, a->nqn, write_blocks);
}

/* ---- bench ---- */

static double us(uint64_t ps)
{
    return (double)ps / 1e6;
}

static uint64_t register_read_ns(const struct platform *p)
{
    enum { READS = 200, SLIPORT_STATUS = 0x404 };
    uint64_t begun = platform_now_ns(p);

    for (unsigned i = 0; i < READS; i++)
        (void)p->ops->mmio_read32(p->context, 0, SLIPORT_STATUS);
    return (platform_now_ns(p) - begun) / READS;
}

static int measure(const struct hba_arguments *a, struct hba_nvme *n)
{
    const struct rig_host *host = &n->session->rig->host[0];
    struct io_load_result r;
    char error[HBA_ERROR_BYTES];
    double seconds;

    if (!hba_nvme_namespace(n, a->nsid, error))
        return sorry(error);
    if (a->bytes % n->block_bytes || a->bytes > n->blocks * n->block_bytes) {
        fprintf(stderr, "slibench hba bench: --bytes wants whole blocks of %" PRIu32 " bytes\n",
                n->block_bytes);
        return EXIT_USAGE;
    }
    const struct io_load load = {.write = a->write,
                                 .nsid = a->nsid,
                                 .bytes = a->bytes,
                                 .block_bytes = n->block_bytes,
                                 .depth = a->depth,
                                 .queue = 1,
                                 .count = a->count,
                                 .warm_up = a->count / 10,
                                 .namespace_blocks = n->blocks};
    if (!io_load_run(n->session->rig, 0, n->ctrl, &load, &r, error))
        return sorry(error);
    seconds = (double)(r.end_ps - r.start_ps) / 1e12;
    printf("%s of %" PRIu32 " bytes, %u at a time, %s\n", a->write ? "writes" : "reads", a->bytes, a->depth,
           host->machine.irqs ? "MSI-X" : "polled");
    printf("commands     %" PRIu64 " measured, %" PRIu64 " errors\n", r.measured, r.errors);
    printf("rate         %.0f a second, %.1f MB/s\n", (double)r.measured / seconds,
           (double)r.measured * a->bytes / seconds / 1e6);
    printf("latency      %.1f us median, %.1f to %.1f\n", us(r.latency_median_ps), us(r.latency_min_ps),
           us(r.latency_max_ps));
    printf("register     %.1f us to read one\n", (double)register_read_ns(&host->machine.platform) / 1e3);
    return r.errors ? EXIT_SCENARIO_FAILED : EXIT_PASSED;
}

int hba_bench(const struct hba_arguments *a)
{
    return with_controller(a, a->nqn, measure);
}
