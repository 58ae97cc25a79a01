/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures byte by byte: pcapng blocks as the format has them, frames as fc-wire.md appendix A has them. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "driver/fc_wire.h"
#include "reports/capture.h"

enum { MOST = 4096 };

static char path[256];
static uint8_t file[MOST];
static size_t size;

static void make_path(void)
{
    const char *folder = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";

    snprintf(path, sizeof path, "%.200s/slibench-capture-XXXXXX", folder);
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    close(fd);
}

static void remove_path(void)
{
    unlink(path);
}

TestSuite(capture, .init = make_path, .fini = remove_path);

static void capture(const struct trace_event *events, size_t count)
{
    char error[OUT_FILE_ERROR_BYTES] = "";
    FILE *f;

    cr_assert(capture_write(path, events, count, error), "%s", error);
    f = fopen(path, "rb");
    cr_assert_not_null(f);
    size = fread(file, 1, sizeof file, f);
    fclose(f);
}

static size_t bytes_of(const char *hex, uint8_t *out)
{
    size_t n = strlen(hex) / 2;

    for (size_t i = 0; i < n; i++) {
        unsigned v;
        sscanf(hex + 2 * i, "%2x", &v);
        out[i] = (uint8_t)v;
    }
    return n;
}

/* fc-wire.md appendix A: ABTS, CRC c481e0a3; BA_RJT, CRC c1166ad8. */
static const char abts[] = "810103000001020000090000000000000201ffff00000000";
static const char ba_rjt[] = "85010200000103000098000000000000020500510000000000090300";

static uint8_t frame_bytes[2][128];

static struct trace_event frame(unsigned slot, const char *hex, uint8_t port, uint64_t time_ps)
{
    struct trace_event e = trace_event_of(TRACE_FRAME_TX, TRACE_LINK, port, time_ps);

    e.data = frame_bytes[slot];
    e.data_bytes = (uint32_t)bytes_of(hex, frame_bytes[slot]);
    e.sof = FC_SOF_I3;
    e.eof = FC_EOF_T;
    return e;
}

static void expect_bytes(size_t at, const char *hex)
{
    uint8_t wanted[MOST];
    size_t n = bytes_of(hex, wanted);

    cr_assert(at + n <= size, "the file has %zu bytes", size);
    for (size_t i = 0; i < n; i++)
        cr_assert_eq(file[at + i], wanted[i], "byte %zu: %02x, wanted %02x", at + i, file[at + i], wanted[i]);
}

Test(capture, begins_with_a_section_header_of_version_1_0)
{
    capture(NULL, 0);
    cr_assert_eq(size, 28);
    expect_bytes(0, "0a0d0d0a"
                    "1c000000"
                    "4d3c2b1a"
                    "01000000"
                    "ffffffffffffffff"
                    "1c000000");
}

Test(capture, describes_each_link_end_before_its_first_frame)
{
    struct trace_event e = frame(0, abts, 0, 0);

    capture(&e, 1);
    /* type 1, 40 bytes, linktype 225 = 0xe1, no snap length, if_name "hba0", if_tsresol 9, end of options */
    expect_bytes(28, "01000000"
                     "28000000"
                     "e1000000"
                     "00000000"
                     "02000400"
                     "68626130"
                     "09000100"
                     "09000000"
                     "00000000"
                     "28000000");
}

Test(capture, writes_the_golden_abts_with_delimiters_crc_and_nanoseconds)
{
    struct trace_event e = frame(0, abts, 0, 0x100000002ull * 1000 + 999);

    capture(&e, 1);
    /* type 6, 68 bytes, interface 0, time 0x1_00000002 ns, 36 bytes captured of 36 */
    expect_bytes(68, "06000000"
                     "44000000"
                     "00000000"
                     "01000000"
                     "02000000"
                     "24000000"
                     "24000000"
                     "bcb55656"
                     "810103000001020000090000000000000201ffff00000000"
                     "c481e0a3"
                     "bc957575"
                     "44000000");
    cr_assert_eq(size, 68 + 68);
}

Test(capture, writes_a_frame_with_payload_and_its_crc)
{
    struct trace_event e = frame(0, ba_rjt, 16, 0);

    capture(&e, 1);
    expect_bytes(28 + 16, "02000700"
                          "74617267657430"
                          "00"); /* "target0", padded */
    expect_bytes(size - 4 - 40, "bcb55656"
                                "85010200000103000098000000000000020500510000000000090300"
                                "c1166ad8"
                                "bc957575");
}

Test(capture, gives_each_link_end_an_interface_of_its_own)
{
    struct trace_event e[3] = {frame(0, abts, 0, 1000), frame(1, ba_rjt, 16, 2000), frame(0, abts, 0, 3000)};

    capture(e, 3);
    expect_bytes(size - 68 + 8, "00000000"); /* the third is interface 0 again */
    expect_bytes(size - 68 - 72 + 8, "01000000"); /* the second: interface 1 */
}

Test(capture, leaves_out_what_the_switch_sends_and_what_is_no_frame)
{
    struct trace_event e[3] = {frame(0, abts, 255, 0), frame(1, abts, 0, 0),
                               trace_event_of(TRACE_LINK_STATE, TRACE_LINK, 0, 0)};

    e[1].data_bytes = 20; /* shorter than a header */
    capture(e, 3);
    cr_assert_eq(size, 28);
}

Test(capture, has_a_frame_once_and_those_of_the_fabric_as_they_come)
{
    struct trace_event e[2] = {frame(0, abts, 16, 0), frame(1, abts, 0, 0)};

    e[0].type = e[1].type = TRACE_FRAME_RX;
    e[0].s_id = 0x010200; /* sent by a port: its FRAME_TX is in the file */
    e[1].s_id = 0xfffffc; /* the name server */
    capture(e, 2);
    cr_assert_eq(size, 28 + 40 + 68);
}

Test(capture, has_what_only_a_driver_saw)
{
    struct trace_event e = frame(0, abts, 0, 0);

    e.type = TRACE_FRAME_RX;
    e.s_id = 0x010200;
    e.source = TRACE_DRIVER;
    capture(&e, 1);
    cr_assert_eq(size, 28 + 40 + 68);
}

Test(capture, marks_a_corrupted_frame_by_a_wrong_crc_and_a_comment)
{
    struct trace_event e = frame(0, abts, 0, 0);

    e.type = TRACE_FRAME_DROP;
    e.marks = TRACE_MARK_CORRUPTED;
    capture(&e, 1);
    cr_assert(memcmp(file + 68 + 28 + 28, "\xc4\x81\xe0\xa3", 4) != 0);
    expect_bytes(68 + 28 + 36, "01001400"
                               "636f727275707465642062792061206661756c74"); /* corrupted by a fault */
}

Test(capture, shows_what_a_fault_on_the_wire_made_of_a_frame_where_it_arrives)
{
    struct trace_event e = frame(0, abts, 0, 0);

    e.type = TRACE_FRAME_RX;
    e.s_id = 0x010200;
    e.marks = TRACE_MARK_CHANGED | TRACE_MARK_FAULT;
    capture(&e, 1);
    expect_bytes(68 + 28 + 28, "c481e0a3"); /* its CRC is good */
    expect_bytes(68 + 28 + 36,
                 "01001e00"
                 "6368616e676564206f72207265706561746564206279206120666175" /* changed or repeated */
                 "6c740000");
    cr_assert_eq(size, 68 + 28 + 36 + 4 + 32 + 4 + 4);
}

Test(capture, says_that_a_sender_made_a_frame_because_of_a_fault)
{
    struct trace_event e = frame(0, abts, 0, 0);

    e.marks = TRACE_MARK_FAULT;
    capture(&e, 1);
    expect_bytes(68 + 28 + 36, "01000f00"
                               "6d6164652062792061206661756c7400"); /* made by a fault */
}

Test(capture, takes_the_crc_of_the_sender_where_it_was_computed)
{
    struct trace_event e = frame(0, abts, 0, 0);

    e.marks = TRACE_MARK_CRC;
    e.crc = 0x04030201;
    capture(&e, 1);
    expect_bytes(68 + 28 + 28, "01020304"
                               "bc957575");
}

Test(capture, names_the_file_that_cannot_be_written)
{
    char error[OUT_FILE_ERROR_BYTES];

    cr_assert_not(capture_write("/nowhere/x.pcapng", NULL, 0, error));
    cr_assert_str_eq(error, "/nowhere/x.pcapng: No such file or directory");
}
