/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "bench/hba/binding.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bench/hba/no_iommu.h"
#include "driver/platform/direct.h"

static const char vfio_pci[] = "vfio-pci", nobody[] = "slibench"; /* no driver has that name */

__attribute__((format(printf, 2, 3))) static bool fail(char error[HBA_ERROR_BYTES], const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(error, HBA_ERROR_BYTES, format, args);
    va_end(args);
    return false;
}

/* ---- sysfs ---- */

/* Writes one word to sys/bus/pci/<where>. */
static bool poke(const struct hba_places *places, const char *where, const char *text,
                 char error[HBA_ERROR_BYTES])
{
    char path[HBA_PATH_BYTES];
    int fd;

    snprintf(path, sizeof path, "%s/bus/pci/%s", places->sys, where);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(error, "%.300s: %s", path, strerror(errno));
    if (write(fd, text, strlen(text)) < 0) {
        fail(error, "%.300s: %s", path, strerror(errno));
        close(fd);
        return false;
    }
    close(fd);
    if (places->written)
        places->written(path, text);
    return true;
}

static void bound_driver(const struct hba_places *places, const char *bdf, char out[64])
{
    char path[HBA_PATH_BYTES], target[HBA_PATH_BYTES];
    ssize_t n;

    snprintf(path, sizeof path, "%s/bus/pci/devices/%s/driver", places->sys, bdf);
    n = readlink(path, target, sizeof target - 1);
    target[n > 0 ? n : 0] = 0;
    snprintf(out, 64, "%.63s", n > 0 ? basename(target) : "");
}

static bool unbind(const struct hba_places *places, const char *bdf, const char *driver,
                   char error[HBA_ERROR_BYTES])
{
    char where[128];

    if (!*driver)
        return true;
    snprintf(where, sizeof where, "drivers/%.63s/unbind", driver);
    return poke(places, where, bdf, error);
}

static bool set_override(const struct hba_places *places, const char *bdf, const char *driver,
                         char error[HBA_ERROR_BYTES])
{
    char where[64];

    snprintf(where, sizeof where, "devices/%s/driver_override", bdf);
    return poke(places, where, *driver ? driver : "\n", error);
}

/* ---- the state file: {"bdf": .., "driver": ".." ("": none), "memory": ".." ("": it has an IOMMU)} ---- */

static void state_path(const struct hba_places *places, const char *bdf, char out[HBA_PATH_BYTES])
{
    snprintf(out, HBA_PATH_BYTES, "%s/%s.json", places->state, bdf);
}

/* Opens and locks the state file, which may be new and empty. -1 with a message. */
static int lock_state(const struct hba_places *places, const char *bdf, int flags,
                      char error[HBA_ERROR_BYTES])
{
    enum { TRIES = 10 };
    char path[HBA_PATH_BYTES];
    struct stat st;

    state_path(places, bdf, path);
    for (int i = 0; i < TRIES; i++) {
        int fd = open(path, O_RDWR | O_CLOEXEC | flags, 0644);
        if (fd < 0) {
            fail(error, "%.300s: %s", path, strerror(errno));
            return -1;
        }
        if (flock(fd, LOCK_EX | LOCK_NB)) {
            fail(error, "%s is in use by another slibench", bdf);
            close(fd);
            return -1;
        }
        if (fstat(fd, &st) == 0 && st.st_nlink)
            return fd;
        close(fd); /* it was removed between open and lock: that run has just ended */
    }
    fail(error, "%.300s comes and goes", path);
    return -1;
}

static bool remember(const struct hba_places *places, const char *bdf, const char *driver, const char *memory,
                     int fd, char error[HBA_ERROR_BYTES])
{
    json_t *state = json_pack("{ss ss ss}", "bdf", bdf, "driver", driver, "memory", memory ? memory : "");
    bool good = !json_dumpfd(state, fd, 0) && !fsync(fd);

    if (!good)
        fail(error, "%.300s/%s.json: %s", places->state, bdf, strerror(errno));
    json_decref(state);
    return good;
}

struct state {
    char driver[64], memory[HBA_PATH_BYTES];
};

/* What the state file says; false: nothing usable. */
static bool recall(const struct hba_places *places, const char *bdf, struct state *out)
{
    const char *its_bdf, *driver, *memory = "";
    char path[HBA_PATH_BYTES];
    bool found = false;
    json_t *state;

    state_path(places, bdf, path);
    state = json_load_file(path, 0, NULL);
    if (!json_unpack(state, "{ss ss s?s}", "bdf", &its_bdf, "driver", &driver, "memory", &memory) &&
        !strcmp(its_bdf, bdf) && strlen(driver) < sizeof out->driver && !strchr(driver, '/') &&
        *driver != '.' && strlen(memory) < sizeof out->memory &&
        (!*memory || hba_is_memory_file(memory, bdf))) {
        snprintf(out->driver, sizeof out->driver, "%s", driver);
        snprintf(out->memory, sizeof out->memory, "%s", memory);
        found = true;
    }
    json_decref(state);
    return found;
}

static void forget(const struct hba_places *places, const char *bdf)
{
    char path[HBA_PATH_BYTES];

    state_path(places, bdf, path);
    unlink(path);
}

/* ---- take and give back ---- */

/* vfio-pci holds it: if because a run was killed, what that one took is ours to give back. */
static bool adopt(const struct hba_places *places, const char *bdf, int *lock, char error[HBA_ERROR_BYTES])
{
    char path[HBA_PATH_BYTES];

    state_path(places, bdf, path);
    if (access(path, F_OK))
        return true;
    *lock = lock_state(places, bdf, 0, error);
    return *lock >= 0;
}

static bool bind_vfio(const struct hba_places *places, const char *bdf, const char *driver,
                      char error[HBA_ERROR_BYTES])
{
    char now[64];

    if (!set_override(places, bdf, vfio_pci, error) || !unbind(places, bdf, driver, error) ||
        !poke(places, "drivers_probe", bdf, error))
        return false;
    bound_driver(places, bdf, now);
    return !strcmp(now, vfio_pci) ||
           fail(error, "%s was not taken by vfio-pci: is the module loaded (modprobe vfio-pci)?", bdf);
}

/* Nobody's: a driver that is loaded meanwhile does not find it. */
static bool bind_nobody(const struct hba_places *places, const char *bdf, const char *driver,
                        char error[HBA_ERROR_BYTES])
{
    char now[64];

    if (!set_override(places, bdf, nobody, error) || !unbind(places, bdf, driver, error))
        return false;
    bound_driver(places, bdf, now);
    return !*now || fail(error, "%s is still held by %s", bdf, now);
}

bool hba_take(const struct hba_places *places, const char *bdf, const char *memory, int *lock,
              char error[HBA_ERROR_BYTES])
{
    char driver[64], ignored[HBA_ERROR_BYTES];

    *lock = -1;
    if (!hba_is_bdf(bdf))
        return fail(error, "'%.32s' is no PCI address", bdf);
    bound_driver(places, bdf, driver);
    if (!memory && !strcmp(driver, vfio_pci))
        return adopt(places, bdf, lock, error);
    if (mkdir(places->state, 0755) && errno != EEXIST)
        return fail(error, "%.300s: %s", places->state, strerror(errno));
    *lock = lock_state(places, bdf, O_CREAT, error);
    if (*lock < 0)
        return false;
    if (lseek(*lock, 0, SEEK_END) > 0) { /* its driver of before stands in there, and may not be bound now */
        close(*lock);
        *lock = -1;
        return fail(error, "a run with %s was killed: slibench hba restore", bdf);
    }
    if (!remember(places, bdf, driver, memory, *lock, error)) {
        forget(places, bdf);
        close(*lock);
        *lock = -1;
        return false;
    }
    if (memory ? bind_nobody(places, bdf, driver, error) : bind_vfio(places, bdf, driver, error))
        return true;
    hba_give_back(places, bdf, *lock, ignored);
    *lock = -1;
    return false;
}

/* Its memory may be somebody else's only when it writes there no more. */
static bool free_memory(const struct hba_places *places, const char *bdf, const char *memory,
                        char error[HBA_ERROR_BYTES])
{
    const struct direct_places direct = {.sys = places->sys, .memory = memory};

    return !*memory || direct_stop(&direct, bdf, error);
}

static bool put_back(const struct hba_places *places, const char *bdf, char error[HBA_ERROR_BYTES])
{
    char now[64], where[128];
    struct state was;

    if (!recall(places, bdf, &was))
        return fail(error, "%.300s/%s.json says nothing usable: bind the driver by hand, then remove it",
                    places->state, bdf);
    bound_driver(places, bdf, now);
    /* vfio-pci knows no device by itself: the override is what makes it take this one. */
    if (!free_memory(places, bdf, was.memory, error) ||
        !set_override(places, bdf, strcmp(was.driver, vfio_pci) ? "" : vfio_pci, error))
        return false;
    if (strcmp(now, was.driver) != 0) {
        if (!unbind(places, bdf, now, error))
            return false;
        snprintf(where, sizeof where, "drivers/%.63s/bind", was.driver);
        if (*was.driver && !poke(places, where, bdf, error))
            return false;
    }
    forget(places, bdf);
    return true;
}

bool hba_give_back(const struct hba_places *places, const char *bdf, int lock, char error[HBA_ERROR_BYTES])
{
    bool good;

    if (lock < 0)
        return true;
    good = put_back(places, bdf, error);
    close(lock);
    return good;
}

unsigned hba_restore_all(const struct hba_places *places,
                         void (*told)(void *context, const char *bdf, const char *error), void *context)
{
    DIR *dir = opendir(places->state);
    char bdf[HBA_BDF_BYTES], error[HBA_ERROR_BYTES];
    struct dirent *entry;
    unsigned failures = 0;

    while (dir && (entry = readdir(dir))) {
        size_t n = strlen(entry->d_name);
        if (n != 12 + 5 || strcmp(entry->d_name + 12, ".json") != 0)
            continue;
        snprintf(bdf, sizeof bdf, "%.12s", entry->d_name);
        if (!hba_is_bdf(bdf))
            continue;
        int lock = lock_state(places, bdf, 0, error);
        bool good = lock >= 0 && hba_give_back(places, bdf, lock, error);
        failures += !good;
        told(context, bdf, good ? NULL : error);
    }
    if (dir)
        closedir(dir);
    return failures;
}
