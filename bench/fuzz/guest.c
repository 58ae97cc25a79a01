/* SPDX-License-Identifier: BSD-2-Clause */
/* guest.h: the world, memory, registers, and the prologue. Commands: guest_commands.c. */
#include "bench/fuzz/guest.h"
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>
#include "driver/fc_wire.h"
#include "driver/sli4/codes.h"

enum {
    BUS_MASTER = 4,
    PCI_COMMAND = 0x04,
    MSIX_CONTROL = 0x72,
    MSIX_ENABLE = 0x8000,
    MOST_MS = 3000 /* simulated time of an execution */
};

/* Pages that are there at the beginning: holes stand between rings, SGLs and data. */
#define PAGES(from, to) ((2ull << (to)) - (1ull << (from)))
static const uint64_t mapped_at_first =
    PAGES(GUEST_BMBX, GUEST_SGL + GUEST_XRIS - 1) | PAGES(GUEST_REQUEST, GUEST_DATA) |
    PAGES(GUEST_HEADERS, GUEST_HEADERS) | PAGES(GUEST_BUFFERS, GUEST_PAGES - 1);

/* ---- memory ---- */

uint8_t *guest_at(struct guest *guest, unsigned page, unsigned offset)
{
    return guest->memory + (size_t)(page % GUEST_PAGES) * GUEST_PAGE + offset % GUEST_PAGE;
}

uint64_t guest_bus(unsigned page, unsigned offset)
{
    return GUEST_BASE + (uint64_t)page * GUEST_PAGE + offset;
}

void guest_map(struct guest *guest, unsigned page, bool mapped)
{
    page %= GUEST_PAGES;
    guest->mapped = (guest->mapped & ~(1ull << page)) | (uint64_t)mapped << page;
    if (mapped)
        ASAN_UNPOISON_MEMORY_REGION(guest_at(guest, page, 0), GUEST_PAGE);
    else
        ASAN_POISON_MEMORY_REGION(guest_at(guest, page, 0), GUEST_PAGE);
}

static bool is_mapped(const struct guest *guest, uint64_t address, size_t bytes)
{
    uint64_t from = address - GUEST_BASE;

    if (from >= (uint64_t)GUEST_PAGES * GUEST_PAGE || bytes > (uint64_t)GUEST_PAGES * GUEST_PAGE - from)
        return false;
    for (uint64_t page = from / GUEST_PAGE; page <= (from + (bytes ? bytes - 1 : 0)) / GUEST_PAGE; page++)
        if (!(guest->mapped >> page & 1))
            return false;
    return true;
}

static void *translate(void *context, uint64_t address, size_t bytes, bool write)
{
    struct guest *guest = context;

    (void)write;
    guest->accesses++;
    if (guest->sealed)
        guest->broken = "memory was accessed after a reset";
    return is_mapped(guest, address, bytes) ? guest->memory + (address - GUEST_BASE) : NULL;
}

/* Every fourth access that may not wait has to: it comes again. */
static enum world_copy copy(void *context, uint64_t address, void *local, size_t bytes, bool to_host,
                            bool wait)
{
    struct guest *guest = context;
    void *memory;

    if (!wait && guest->accesses++ % 4 == 3)
        return WORLD_MUST_WAIT;
    memory = translate(guest, address, bytes, to_host);
    if (!memory)
        return WORLD_NOT_MAPPED;
    memcpy(to_host ? memory : local, to_host ? local : memory, bytes);
    return WORLD_COPIED;
}

static void interrupt(void *context, unsigned vector)
{
    struct guest *guest = context;

    (void)vector;
    if (guest->sealed)
        guest->broken = "an interrupt came after a reset";
}

/* ---- time and registers ---- */

enum { MOST_ACCESSES = 200000 }; /* of one run: more is an endless loop */

void guest_run_us(struct guest *guest, uint64_t us)
{
    uint64_t until = world_now_ps(guest->world) + us * 1000000, before = guest->accesses;

    world_run_until(guest->world, until < guest->end_ps ? until : guest->end_ps, false);
    if (guest->broken)
        fuzz_broken("%s", guest->broken);
    if (guest->accesses - before > MOST_ACCESSES)
        fuzz_broken("%llu memory accesses in %llu us", (unsigned long long)(guest->accesses - before),
                    (unsigned long long)us);
}

void guest_bar_write(struct guest *guest, unsigned bar, uint32_t offset, uint32_t value)
{
    if (bar == 0 && offset == SLI4_REG_CONTROL && value >> 27 & 1)
        guest->sealed = true;
    else if (bar == 0 && offset < SLI4_REG_SEMAPHORE)
        guest->sealed = false;     /* work, after which memory may be accessed again */
    world_bar_write(guest->world, 0, bar, offset, value);
}

void guest_config_write(struct guest *guest, unsigned offset, unsigned width, uint32_t value)
{
    world_config_write(guest->world, 0, offset, width, value);
}

void guest_flr(struct guest *guest)
{
    guest->sealed = true;
    world_function_level_reset(guest->world, 0);
}

/* ---- prologue ---- */

static void bring_up_function(struct guest *guest)
{
    guest_run_us(guest, 101000);   /* POST */
    guest_config_write(guest, PCI_COMMAND, 2, 2 | BUS_MASTER);
    guest_config_write(guest, MSIX_CONTROL, 2, MSIX_ENABLE);
    for (unsigned v = 0; v < 2; v++)
        guest_bar_write(guest, 2, 16 * v + 12, 0);
}

/* Ids are given in the order of creation, from 0: what the answers say is of no matter here. */
static struct guest_queue queue_of(uint16_t id, unsigned page, unsigned depth, unsigned entry_bytes)
{
    return (struct guest_queue){id, page, depth, entry_bytes, 0};
}

enum { /* positions in the list of guest_mailbox: guest_commands.c */
       EQ_CREATE,
       MCQ_CREATE,
       CQ_CREATE,
       MQ_CREATE,
       WQ_CREATE,
       HRQ_CREATE,
       DRQ_CREATE,
       POST_SGLS,
       REG_FCFI,
       INIT_LINK,
       REG_VFI,
       REG_RPI
};

static void command(struct guest *guest, unsigned n)
{
    guest_mailbox(guest, n, 0, 0, false);
    for (unsigned i = 0; i < 20 && !(world_bar_read(guest->world, 0, 0, SLI4_REG_BMBX) & 1); i++)
        guest_run_us(guest, 20);
}

static void make_queues(struct guest *guest)
{
    for (unsigned n = EQ_CREATE; n <= POST_SGLS; n++)
        command(guest, n);
}

static void login(struct guest *guest, unsigned payload, unsigned wqe, uint16_t xri, uint32_t d_id)
{
    guest_payload(guest, payload);
    guest_wqe(guest, wqe, xri, d_id);
    guest_run_us(guest, 200);
    guest_reap(guest);
}

enum {
    FLOGI,
    PLOGI,
    PRLI,
    CREATE_ASSOCIATION = 10,
    ELS_BY_VPI = 3,
    ELS_BY_RPI = 4,
    LS = 7,
    TARGET_ID = 0x010200
};

static void clear_memory(struct guest *guest)
{
    ASAN_UNPOISON_MEMORY_REGION(guest->memory, (size_t)GUEST_PAGES * GUEST_PAGE);
    memset(guest->memory, 0, (size_t)GUEST_PAGES * GUEST_PAGE);
    guest->mapped = mapped_at_first;
    for (unsigned page = 0; page < GUEST_PAGES; page++)
        if (!(mapped_at_first >> page & 1))
            guest_map(guest, page, false);
}

static void set_host(struct guest *guest)
{
    struct world_host host = {.interrupt = interrupt, .context = guest};

    if (guest->by_copy)
        host.copy = copy;
    else
        host.translate = translate;
    world_set_host(guest->world, 0, &host);
}

void guest_begin(struct guest *guest, enum guest_level level)
{
    set_host(guest);
    memset(&guest->edits, 0, sizeof guest->edits);
    clear_memory(guest);
    put_be16(guest_at(guest, GUEST_SPARM, FC_LOGIN_RX_SIZE_AT - 4), 2112);
    put_be16(guest_at(guest, GUEST_SPARM, FC_LOGIN_CLASS3_AT - 4), 0x8800);
    put_be16(guest_at(guest, GUEST_SPARM, FC_LOGIN_CLASS3_AT - 4 + FC_CLASS_RX_SIZE_AT), 2112);
    guest->sealed = false;
    guest->tag = 1;
    guest->own_id = 0x010100;
    guest->end_ps = world_now_ps(guest->world) + MOST_MS * 1000000000ull;
    guest->eq = queue_of(0, GUEST_EQ, 1024, 4);
    guest->mcq = queue_of(0, GUEST_MCQ, GUEST_CQ_DEPTH, 16);
    guest->cq = queue_of(1, GUEST_CQ, GUEST_CQ_DEPTH, 16);
    guest->mq = queue_of(0, GUEST_MQ, GUEST_MQ_DEPTH, 256);
    guest->wq = queue_of(0, GUEST_WQ, GUEST_WQ_DEPTH, 128);
    guest->hrq = queue_of(0, GUEST_HRQ, 512, 8);
    guest->drq = queue_of(1, GUEST_DRQ, 512, 8);
    bring_up_function(guest);
    if (level >= GUEST_QUEUES) {
        make_queues(guest);
        guest_reap(guest);
        guest_post_buffers(guest, 8);
    }
    if (level >= GUEST_LINK) {
        command(guest, REG_FCFI);
        command(guest, INIT_LINK);
        guest_run_us(guest, 10000); /* speed negotiation */
    }
    if (level >= GUEST_LOGINS)
        login(guest, FLOGI, ELS_BY_VPI, 0, 0xfffffe);
    if (level >= GUEST_LINK)
        command(guest, REG_VFI);
    if (level >= GUEST_LOGINS)
        login(guest, PLOGI, ELS_BY_VPI, 1, TARGET_ID);
    if (level >= GUEST_LINK)
        command(guest, REG_RPI);
    if (level >= GUEST_LOGINS)
        login(guest, PRLI, ELS_BY_RPI, 2, TARGET_ID);
    guest->connection = 0;
    if (level >= GUEST_ASSOCIATION) {
        login(guest, CREATE_ASSOCIATION, LS, 3, 0);
        guest->connection = get_be64(guest_at(guest, GUEST_RESPONSE, FC_NVME_ACC_ASSOC_CONNECTION_AT));
    }
    guest_reap(guest);
}

void guest_end(struct guest *guest)
{
    world_reset(guest->world);
    guest->sealed = true;
    guest->end_ps = UINT64_MAX;
    guest_run_us(guest, 1000);
}

/* ---- the world ---- */

void guest_power_on(struct guest *guest)
{
    char error[WORLD_ERROR_BYTES];
    struct world_config config = {.seed = 1, .port_count = 1, .target_count = 1};

    config.ports[0].xri_count =
        64; /* few, as each is reset for each input; guest_commands.c names no others */
    config.ports[0].rpi_count = 64;
    config.targets[0].namespaces[0] = (struct world_namespace){.nsid = 1, .backing = "mem:64k"};
    config.targets[0].namespace_count = 1;
    guest->memory = aligned_alloc(GUEST_PAGE, (size_t)GUEST_PAGES * GUEST_PAGE);
    guest->world = world_create(&config, error);
    if (!guest->memory || !guest->world)
        fuzz_broken("no world: %s", error);
}
