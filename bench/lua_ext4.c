/* SPDX-License-Identifier: BSD-2-Clause */
/* Real input: t:ext4_image makes a file system with files in it, ctrl:write_image and :read_image move it through the
 * driver, t:fsck lets e2fsck judge the target's backing file. The image is the same in every run: fixed ids, fixed
 * times, contents from the seed. */
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench/script_io.h"

#define IMAGE_META "slibench.image"
enum { MAX_FILES = 200, OUTPUT = 2048 };

struct image {
    uint8_t *bytes;
    size_t size;
};

/* ---- running e2fsprogs ---- */

static bool in_folder(const char *name, char path[64])
{
    static const char *const folders[] = {"/usr/sbin", "/sbin", "/usr/bin", "/bin"};

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, 64, "%s/%s", folders[i], name);
        if (access(path, X_OK) == 0)
            return true;
    }
    return false;
}

/* Exit status, with what it printed in `out`; -1: it could not be run. */
static int run_tool(const char *name, char *const argv[], char out[OUTPUT])
{
    char path[64];
    int ends[2], status;
    size_t used = 0;
    ssize_t n;
    pid_t pid;

    snprintf(out, OUTPUT, "%s is not installed (package e2fsprogs)", name);
    if (!in_folder(name, path) || pipe(ends))
        return -1;
    pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDONLY);
        if (null < 0 || dup2(null, 0) < 0 || dup2(ends[1], 1) < 0 || dup2(ends[1], 2) < 0)
            _exit(127);
        setenv("E2FSPROGS_FAKE_TIME", "1767225600", 1);
        execv(path, argv);
        _exit(127);
    }
    close(ends[1]);
    while (used < OUTPUT - 1 && (n = read(ends[0], out + used, OUTPUT - 1 - used)) > 0)
        used += (size_t)n;
    out[used] = 0;
    close(ends[0]);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void must_run(lua_State *lua, const char *name, char *const argv[])
{
    char out[OUTPUT];
    int status = run_tool(name, argv, out);

    if (status)
        luaL_error(lua, "%s ended with status %d: %s", name, status, out);
}

/* ---- the image ---- */

static void write_file(lua_State *lua, const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");

    if (!f || fwrite(bytes, 1, n, f) != n || fclose(f))
        luaL_error(lua, "%s: %s", path, strerror(errno));
}

/* Files of 1 byte to about 100 KiB, and the debugfs commands that copy them in. */
static void make_files(lua_State *lua, struct script *s, unsigned files, const char *commands)
{
    static uint8_t contents[128 << 10];
    char path[4200], line[4400];
    FILE *f = fopen(commands, "w");

    if (!f)
        script_throw(lua, "%s: %s", commands, strerror(errno));
    fputs("mkdir data\n", f);
    for (unsigned i = 0; i < files; i++) {
        size_t n = 1 + (i * 7919u) % (100u << 10);
        pattern_fill(contents, (uint32_t)n, i * 131072ull, s->seed);
        snprintf(path, sizeof path, "%s/file%u", script_scratch(s), i);
        write_file(lua, path, contents, n);
        snprintf(line, sizeof line, "write %s data/file%u\n", path, i);
        fputs(line, f);
    }
    if (fclose(f))
        luaL_error(lua, "%s: %s", commands, strerror(errno));
}

static struct image *read_image(lua_State *lua, const char *path)
{
    struct image *image = lua_newuserdatauv(lua, sizeof *image, 0);
    struct stat st;
    FILE *f = fopen(path, "rb");

    *image = (struct image){0};
    luaL_setmetatable(lua, IMAGE_META);
    if (!f || fstat(fileno(f), &st) || !(image->bytes = malloc((size_t)st.st_size)) ||
        fread(image->bytes, 1, (size_t)st.st_size, f) != (size_t)st.st_size)
        script_throw(lua, "%s: %s", path, strerror(errno));
    image->size = (size_t)st.st_size;
    fclose(f);
    return image;
}

/* t:ext4_image { megabytes = 16, files = 40 } */
static int l_ext4_image(lua_State *lua)
{
    struct script *s = script_of(lua);
    struct verb_args a = verb_args(lua, "t:ext4_image", "megabytes files");
    unsigned files = (unsigned)arg_int(&a, "files", 40, 1, MAX_FILES);
    char image[4200], commands[4200], size[16];

    need_capability(lua, "tools.e2fsprogs");
    snprintf(size, sizeof size, "%dm", (int)arg_int(&a, "megabytes", 16, 4, 256));
    snprintf(image, sizeof image, "%s/ext4.img", script_scratch(s));
    snprintf(commands, sizeof commands, "%s/commands", script_scratch(s));
    make_files(lua, s, files, commands);
    must_run(lua, "mke2fs",
             (char *[]){"mke2fs", "-q", "-t", "ext4", "-F", "-U", "5c1b0000-0000-4000-8000-000000000001",
                        "-E", "hash_seed=5c1b0000-0000-4000-8000-000000000002,lazy_itable_init=0", image,
                        size, NULL});
    must_run(lua, "debugfs", (char *[]){"debugfs", "-w", "-f", commands, image, NULL});
    read_image(lua, image);
    return 1;
}

static int l_image_gc(lua_State *lua)
{
    free(((struct image *)luaL_checkudata(lua, 1, IMAGE_META))->bytes);
    return 0;
}

static int l_image_len(lua_State *lua)
{
    lua_pushinteger(lua, (lua_Integer)((struct image *)luaL_checkudata(lua, 1, IMAGE_META))->size);
    return 1;
}

/* image:piece(offset, bytes): for ctrl:write { data = .. }. */
static int l_image_piece(lua_State *lua)
{
    struct image *image = luaL_checkudata(lua, 1, IMAGE_META);
    lua_Integer at = luaL_checkinteger(lua, 2), n = luaL_checkinteger(lua, 3);

    luaL_argcheck(lua, at >= 0 && n >= 0 && (size_t)(at + n) <= image->size, 2, "outside of the image");
    lua_pushlstring(lua, (const char *)image->bytes + at, (size_t)n);
    return 1;
}

/* t:fsck { target, nsid }: e2fsck on the backing file; true, or false and what it said. */
static int l_fsck(lua_State *lua)
{
    struct script *s = script_of(lua);
    struct verb_args a = verb_args(lua, "t:fsck", "target nsid");
    unsigned target = (unsigned)arg_int(&a, "target", 1, 1, s->rig->world_config.target_count) - 1;
    lua_Integer nsid = arg_int(&a, "nsid", 1, 1, 1024);
    const struct world_target *t = &s->rig->world_config.targets[target];
    char out[OUTPUT];
    int status;

    need_capability(lua, "tools.e2fsprogs");
    for (unsigned i = 0; i < t->namespace_count; i++) {
        if (t->namespaces[i].nsid != nsid)
            continue;
        if (!strncmp(t->namespaces[i].backing, "mem:", 4))
            return luaL_error(lua, "t:fsck: namespace %d is not backed by a file", (int)nsid);
        status =
            run_tool("e2fsck", (char *[]){"e2fsck", "-f", "-n", (char *)t->namespaces[i].backing, NULL}, out);
        lua_pushboolean(lua, status == 0);
        lua_pushstring(lua, out);
        return 2;
    }
    return luaL_error(lua, "t:fsck: target %d has no namespace %d", (int)target + 1, (int)nsid);
}

void script_open_ext4(lua_State *lua)
{
    static const luaL_Reg image[] = {
        {"__gc", l_image_gc}, {"__len", l_image_len}, {"piece", l_image_piece}, {NULL, NULL}};

    luaL_newmetatable(lua, IMAGE_META);
    luaL_setfuncs(lua, image, 0);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 1);
    lua_pushcfunction(lua, l_ext4_image);
    lua_setfield(lua, -2, "ext4_image");
    lua_pushcfunction(lua, l_fsck);
    lua_setfield(lua, -2, "fsck");
}
