// SPDX-License-Identifier: BSD-2-Clause
// Frames: header bytes, fill, delimiters, names.
#include "rtl-model/fc/fc_test_support.h"
#include "rtl-model/fc/frame_kind.h"

Test(frame, a_header_is_laid_out_as_on_the_wire)
{
    fc_header h = {0x06, 0x010300, 0x010200, 0x08, 0x290000, 0x02, 0, 0x0203, 0xffff, 0x12345678};
    frame_ref f = fc_make_frame(h, 0);

    expect_hex(hex_of(*f), "060103000001020008290000020000000203ffff12345678");
    cr_assert_eq(f->ox_id(), 0x0203);
    cr_assert_eq(f->parameter(), 0x12345678);
}

Test(frame, fill_bytes_are_zero_and_counted)
{
    fc_header h = {0x01, 0x010300, 0x010200, 0x08, 0x090008, 1, 0, 1, 2, 0};
    frame_ref f = fc_make_frame(h, 5);

    memset(f->payload, 0xee, 5);
    cr_assert_eq(f->payload_bytes, 8);
    cr_assert_eq(f->data_bytes(), 5);
    cr_assert_eq(f->f_ctl(), 0x09000b);
    expect_hex(to_hex(f->payload, 8), "eeeeeeeeee000000");
}

Test(frame, delimiters_follow_from_the_place_in_the_sequence)
{
    cr_assert_eq(data_frame(4, 0)->sof, 0x2e);
    cr_assert_eq(data_frame(4, 1)->sof, 0x36);
    cr_assert_eq(data_frame(4, 0)->eof, 0x41);
    cr_assert_eq(golden("ABTS")->eof, 0x42);
}

Test(frame, the_words_of_a_frame_count_its_delimiters_and_crc)
{
    cr_assert_eq(fc_frame_words(*golden("ABTS")), 9);
    cr_assert_eq(fc_frame_words(*data_frame(2048)), 521);
}

Test(frame, a_clone_is_a_frame_of_its_own)
{
    frame_ref f = golden("ABTS");
    frame_ref g = fc_clone_frame(*f);

    expect_hex(hex_of(*g), golden_hex("ABTS"));
    g->header[16] = 0x77;
    expect_hex(hex_of(*f), golden_hex("ABTS"));
    cr_assert_eq(g->eof, 0x42);
}

Test(frame, the_last_reference_gives_the_memory_back)
{
    for (int i = 0; i < 200000; i++) // the pool holds 65536
        data_frame(4);
}

Test(frame, golden_frames_have_their_names)
{
    static const struct {
        const char *golden, *name, *group;
    } expected[] = {
        {"FLOGI", "FLOGI", "ELS"},
        {"PLOGI LS_ACC", "LS_ACC", "ELS"},
        {"PRLI FC-NVMe", "PRLI", "ELS"},
        {"RSCN", "RSCN", "ELS"},
        {"CT GID_FT type 28", "GID_FT", "CT"},
        {"CT reject of GID_FT (no such type)", "CT_RJT", "CT"},
        {"NVMe_LS Create I/O Connection qid 1", "CREATE_CONNECTION", "LS"},
        {"NVMe_LS reject (invalid association)", "NVME_LS_RJT", "LS"},
        {"NVMe_CMND Fabrics Connect (admin)", "CMND", "IO"},
        {"NVMe_XFER_RDY 1024 @0", "XFER_RDY", "IO"},
        {"NVMe_RSP", "RSP", "IO"},
        {"ABTS", "ABTS", "BLS"},
        {"BA_RJT", "BA_RJT", "BLS"},
    };

    for (const auto &e : expected) {
        frame_ref f = golden(e.golden);
        cr_expect_str_eq(fc_frame_name(*f), e.name, "%s", e.golden);
        cr_expect(fc_frame_is(*f, e.name));
        cr_expect(fc_frame_is(*f, e.group));
        cr_expect(fc_frame_is(*f, "ANY"));
        cr_expect_not(fc_frame_is(*f, "DATA"));
    }
    cr_assert_str_eq(fc_frame_name(*data_frame(4)), "DATA");
    cr_assert(fc_frame_name_known("ABTS"));
    cr_assert_not(fc_frame_name_known("ABBTS"));
}
