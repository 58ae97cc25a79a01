/* SPDX-License-Identifier: BSD-2-Clause */
#include "reports/out_file.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

static bool failed(const char *path, char *error)
{
    snprintf(error, OUT_FILE_ERROR_BYTES, "%s: %s", path, strerror(errno));
    return false;
}

bool out_file_open(struct out_file *out, const char *path, char error[OUT_FILE_ERROR_BYTES])
{
    *out = (struct out_file){0};
    if ((size_t)snprintf(out->path, sizeof out->path, "%s", path) >= sizeof out->path) {
        errno = ENAMETOOLONG;
        return failed(path, error);
    }
    snprintf(out->temporary, sizeof out->temporary, "%s.tmp", path);
    out->file = fopen(out->temporary, "wb");
    return out->file || failed(path, error);
}

bool out_file_commit(struct out_file *out, char error[OUT_FILE_ERROR_BYTES])
{
    bool bad = ferror(out->file);

    errno = bad ? errno ? errno : EIO : 0;
    if (fflush(out->file) || bad) {
        failed(out->path, error);
        out_file_discard(out);
        return false;
    }
    bad = fclose(out->file) != 0;
    out->file = NULL;
    if (!bad && rename(out->temporary, out->path) == 0)
        return true;
    failed(out->path, error);
    unlink(out->temporary);
    return false;
}

void out_file_discard(struct out_file *out)
{
    if (!out->file)
        return;
    fclose(out->file);
    out->file = NULL;
    unlink(out->temporary);
}

bool out_file_write(const char *path, const void *bytes, size_t count, char error[OUT_FILE_ERROR_BYTES])
{
    struct out_file out;

    if (!out_file_open(&out, path, error))
        return false;
    fwrite(bytes, 1, count, out.file);
    return out_file_commit(&out, error);
}
