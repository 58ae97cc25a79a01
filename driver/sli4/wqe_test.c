/* SPDX-License-Identifier: BSD-2-Clause */
/* Every WQE of the driver, word for word. The words were worked out by hand from sli4-io.md 1 and 2. */
#include <criterion/criterion.h>
#include "driver/sli4/wqe.h"

struct word {
    unsigned index;
    uint32_t value;
};

/* All words of the WQE; those not listed are zero. */
static void expect(const struct sli4_wqe *wqe, const struct word *words, size_t count)
{
    uint32_t all[32] = {0};

    for (size_t i = 0; i < count; i++)
        all[words[i].index] = words[i].value;
    for (unsigned w = 0; w < 32; w++)
        cr_expect_eq(le32toh(wqe->word[w]), all[w], "word %u is %08x, not %08x", w, le32toh(wqe->word[w]),
                     all[w]);
}

#define EXPECT(wqe, ...) \
    do { \
        static const struct word words[] = {__VA_ARGS__}; \
        expect(wqe, words, sizeof words / sizeof words[0]); \
    } while (0)

/* What a buffer's WQE looks like before its first I/O, with bytes of an earlier use. */
static struct sli4_wqe used_wqe(void)
{
    struct sli4_wqe wqe;

    memset(&wqe, 0xa5, sizeof wqe);
    sli4_wqe_nvme_init(&wqe, 0x0123, 0x0045);
    return wqe;
}

Test(wqe, an_nvme_read_is_fcp_iread64_with_its_command_embedded)
{
    struct sli4_wqe wqe = used_wqe();

    sli4_wqe_nvme_io(&wqe, SLI4_IO_READ, 7, 4096, 0);
    EXPECT(&wqe, {0, 0x01000038}, {1, 64}, {3, 128}, {4, 4096}, {6, 0x00070123}, {7, 0x00229a00}, {8, 0x45},
           {9, 0x45}, {10, 0x0000a190}, {11, 0xffff0000});
}

Test(wqe, an_nvme_write_is_fcp_iwrite64_and_carries_its_first_burst)
{
    struct sli4_wqe wqe = used_wqe();

    sli4_wqe_nvme_io(&wqe, SLI4_IO_WRITE, 7, 0x20000, 0x10000);
    EXPECT(&wqe, {0, 0x01000038}, {1, 64}, {3, 128}, {4, 0x20000}, {5, 0x10000}, {6, 0x00070123},
           {7, 0x00229800}, {8, 0x45}, {9, 0x45}, {10, 0x00008190}, {11, 0xffff0001});
}

Test(wqe, an_nvme_command_without_data_is_fcp_icmnd64)
{
    struct sli4_wqe wqe = used_wqe();

    sli4_wqe_nvme_io(&wqe, SLI4_IO_NODATA, 7, 0, 0);
    EXPECT(&wqe, {0, 0x01000038}, {1, 64}, {3, 128}, {6, 0x00070123}, {7, 0x00029c00}, {8, 0x45}, {9, 0x45},
           {10, 0x00008210}, {11, 0xffff0000});
}

Test(wqe, nothing_of_an_earlier_io_is_left_in_a_reused_wqe)
{
    struct sli4_wqe wqe = used_wqe(), fresh = used_wqe();
    uint8_t iu[96];

    memset(iu, 0xee, sizeof iu);
    sli4_wqe_nvme_io(&wqe, SLI4_IO_WRITE, 0xffff, 0xffffffff, 0xffffffff);
    sli4_wqe_nvme_embed(&wqe, iu);
    memset(iu, 0, sizeof iu);
    sli4_wqe_nvme_io(&wqe, SLI4_IO_NODATA, 7, 0, 0);
    sli4_wqe_nvme_embed(&wqe, iu);
    sli4_wqe_nvme_io(&fresh, SLI4_IO_NODATA, 7, 0, 0);
    cr_assert_arr_eq(&wqe, &fresh, sizeof wqe);
}

Test(wqe, an_embedded_command_is_56_bytes_of_the_96_of_its_iu)
{
    struct sli4_wqe wqe = used_wqe();
    uint8_t iu[96];
    const uint8_t *byte = (const uint8_t *)&wqe;

    for (unsigned i = 0; i < sizeof iu; i++)
        iu[i] = (uint8_t)i;
    sli4_wqe_nvme_embed(&wqe, iu);
    cr_assert_eq(wqe.word[16], htole32(0x07060504));        /* IU dword 1 */
    cr_assert_eq(wqe.word[17], htole32(0x0b0a0908));        /* 2, 3: connection id */
    cr_assert_eq(wqe.word[18], htole32(0x0f0e0d0c));
    cr_assert_eq(wqe.word[19], htole32(0x13121110));        /* 4: CSN */
    cr_assert_eq(wqe.word[20], htole32(0x1b1a1918));        /* 6, 7: SQE dwords 0, 1 */
    cr_assert_eq(wqe.word[21], htole32(0x1f1e1d1c));
    cr_assert_eq(wqe.word[22], htole32(0x43424140));        /* 16: SQE dword 10 */
    cr_assert_eq(wqe.word[27], htole32(0x57565554));        /* 21: SQE dword 15 */
    cr_assert_eq(wqe.word[28], htole32(0x5b5a5958));        /* 22 */
    cr_assert_eq(wqe.word[29], htole32(0x5f5e5d5c));        /* 23 */
    cr_assert_eq(wqe.word[30], 0);
    cr_assert_eq(byte[64], 4);
}

Test(wqe, flogi_goes_out_by_vpi_with_its_own_id_zero)
{
    struct sli4_wqe wqe;
    const struct sli4_els_request_args args = {
        .xri = 0x10,
        .request_tag = 0x21,
        .context = {SLI4_CT_VPI, 0},
        .rpi = 5,
        .d_id = 0xfffffe,
        .sp = true,
        .els_id = SLI4_ELS_ID_FLOGI,
        .timeout_s = 20,
        .payload = 0x123456000,
        .payload_bytes = 116,
        .max_response_bytes = 1024,
    };

    memset(&wqe, 0xa5, sizeof wqe);
    sli4_wqe_els_request(&wqe, &args);
    EXPECT(&wqe, {0, 116}, {1, 0x23456000}, {2, 1}, {3, 116}, {4, 0x01000000}, {5, 0x00fffffe},
           {6, 0x00000010}, {7, 0x14028a04}, {8, 0x21}, {9, 0x00050021}, {10, 0x00006200}, {11, 0xffff003c},
           {15, 1024});
}

Test(wqe, a_prli_goes_out_by_rpi)
{
    struct sli4_wqe wqe;
    const struct sli4_els_request_args args = {
        .xri = 0x11,
        .request_tag = 0x22,
        .context = {SLI4_CT_RPI, 9},
        .rpi = 9,
        .d_id = 0x010203,
        .timeout_s = 10,
        .payload = 0x7000,
        .payload_bytes = 24,
        .max_response_bytes = 1024,
    };

    sli4_wqe_els_request(&wqe, &args);
    EXPECT(&wqe, {0, 24}, {1, 0x7000}, {3, 24}, {5, 0x010203}, {6, 0x00090011}, {7, 0x0a028a00}, {8, 0x22},
           {9, 0x00090022}, {10, 0x00006200}, {11, 0xffff000c}, {15, 1024});
}

Test(wqe, an_els_response_names_the_ox_id_that_it_answers)
{
    struct sli4_wqe wqe;
    const struct sli4_els_rsp_args args = {
        .xri = 0x30,
        .request_tag = 0x31,
        .context = {SLI4_CT_RPI, 9},
        .rpi = 9,
        .ox_id = 0xabcd,
        .d_id = 0x010203,
        .payload = 0x2000,
        .payload_bytes = 8,
    };

    memset(&wqe, 0xa5, sizeof wqe);
    sli4_wqe_els_rsp(&wqe, &args);
    EXPECT(&wqe, {0, 8}, {1, 0x2000}, {3, 8}, {5, 0x010203}, {6, 0x00090030}, {7, 0x00029500}, {8, 0x31},
           {9, 0xabcd0031}, {10, 0x00004280}, {11, 0xffff0008}, {12, 9});
}

Test(wqe, an_els_response_on_point_to_point_carries_its_own_id)
{
    struct sli4_wqe wqe;
    const struct sli4_els_rsp_args args = {
        .xri = 0x30,
        .request_tag = 0x31,
        .context = {SLI4_CT_VPI, 2},
        .rpi = 9,
        .ox_id = 0x0001,
        .d_id = 2,
        .s_id = 1,
        .sp = true,
        .payload = 0x2000,
        .payload_bytes = 116,
    };

    sli4_wqe_els_rsp(&wqe, &args);
    EXPECT(&wqe, {0, 116}, {1, 0x2000}, {3, 116}, {4, 0x01000001}, {5, 2}, {6, 0x00020030}, {7, 0x00029504},
           {8, 0x31}, {9, 0x00010031}, {10, 0x00004280}, {11, 0xffff0008}, {12, 9});
}

Test(wqe, an_nvme_ls_request_is_gen_request64_of_type_28)
{
    struct sli4_wqe wqe;
    const struct sli4_gen_request_args args = {
        .xri = 0x11,
        .request_tag = 0x12,
        .rpi = 3,
        .r_ctl = 0x32,
        .type = 0x28,
        .timeout_s = 20,
        .payload = 0x900001000,
        .payload_bytes = 48,
    };

    memset(&wqe, 0xa5, sizeof wqe);
    sli4_wqe_gen_request(&wqe, &args);
    EXPECT(&wqe, {0, 48}, {1, 0x1000}, {2, 9}, {3, 48}, {5, 0x3228000c}, {6, 0x00030011}, {7, 0x1402c200},
           {8, 0x12}, {9, 0x12}, {10, 0x00006200}, {11, 0xffff0008});
}

Test(wqe, a_ct_request_is_gen_request64_of_type_20_with_a_response_limit)
{
    struct sli4_wqe wqe;
    const struct sli4_gen_request_args args = {
        .xri = 0x11,
        .request_tag = 0x12,
        .rpi = 1,
        .r_ctl = 0x02,
        .type = 0x20,
        .timeout_s = 30,
        .payload = 0x1000,
        .payload_bytes = 20,
        .max_response_bytes = 4096,
    };

    sli4_wqe_gen_request(&wqe, &args);
    EXPECT(&wqe, {0, 20}, {1, 0x1000}, {3, 20}, {5, 0x0220000c}, {6, 0x00010011}, {7, 0x1e02c200}, {8, 0x12},
           {9, 0x12}, {10, 0x00006200}, {11, 0xffff0008}, {15, 4096});
}

Test(wqe, an_nvme_ls_response_is_xmit_sequence64)
{
    struct sli4_wqe wqe;
    const struct sli4_xmit_sequence_args args = {
        .xri = 0x22,
        .request_tag = 0x23,
        .rpi = 4,
        .ox_id = 0x0777,
        .r_ctl = 0x33,
        .type = 0x28,
        .last_sequence = true,
        .payload = 0x5000,
        .payload_bytes = 24,
    };

    memset(&wqe, 0xa5, sizeof wqe);
    sli4_wqe_xmit_sequence(&wqe, &args);
    EXPECT(&wqe, {0, 24}, {1, 0x5000}, {5, 0x33280080}, {6, 0x00040022}, {7, 0x00028200}, {8, 0x23},
           {9, 0x07770023}, {10, 0x00004100}, {11, 0xffff0008}, {12, 24});
}

Test(wqe, an_abts_of_a_foreign_exchange_is_xmit_sequence64_without_payload)
{
    struct sli4_wqe wqe;
    const struct sli4_xmit_sequence_args args = {
        .xri = 0x22,
        .request_tag = 0x23,
        .rpi = 4,
        .ox_id = 0x0777,
        .r_ctl = 0x81,
        .last_sequence = true,
    };

    sli4_wqe_xmit_sequence(&wqe, &args);
    EXPECT(&wqe, {5, 0x81000080}, {6, 0x00040022}, {7, 0x00028200}, {8, 0x23}, {9, 0x07770023},
           {10, 0x00000100}, {11, 0xffff0008});
}

Test(wqe, a_ba_acc_accepts_the_whole_exchange)
{
    struct sli4_wqe wqe;
    const struct sli4_bls_rsp_args args = {
        .xri = 0x44,
        .request_tag = 0x45,
        .context = {SLI4_CT_VPI, 0},
        .rpi = 6,
        .ox_id = 0x1111,
        .rx_id = 0x2222,
        .remote_id = 0x0a0b0c,
    };

    memset(&wqe, 0xa5, sizeof wqe);
    sli4_wqe_bls_rsp(&wqe, &args);
    EXPECT(&wqe, {1, 0x11112222}, {2, 0x0000ffff}, {5, 0x100a0b0c}, {6, 0x00000044}, {7, 0x00029704},
           {8, 0x45}, {9, 0x45}, {10, 0x00000200}, {11, 0xffff0008}, {12, 6});
}

Test(wqe, a_ba_rjt_says_so_with_reason_and_explanation)
{
    struct sli4_wqe wqe;
    const struct sli4_bls_rsp_args args = {
        .xri = 0x44,
        .request_tag = 0x45,
        .context = {SLI4_CT_RPI, 6},
        .rpi = 6,
        .ox_id = 0x1111,
        .rx_id = 0x2222,
        .remote_id = 0x0a0b0c,
        .reject = true,
        .reason = 9,
        .explanation = 3,
    };

    sli4_wqe_bls_rsp(&wqe, &args);
    EXPECT(&wqe, {0, 0x00090300}, {1, 0x11112222}, {2, 0x0000ffff}, {5, 0x500a0b0c}, {6, 0x00060044},
           {7, 0x00029700}, {8, 0x45}, {9, 0x45}, {10, 0x00000200}, {11, 0xffff0008}, {12, 6});
}

Test(wqe, an_abort_names_its_victim_by_xri_and_itself_by_tag)
{
    struct sli4_wqe wqe;

    memset(&wqe, 0xa5, sizeof wqe);
    sli4_wqe_abort_xri(&wqe, 0x0123, 0x0050, false);
    EXPECT(&wqe, {3, 0x00000100}, {7, 0x00020f00}, {8, 0x0123}, {9, 0x0050}, {10, 0x00000200},
           {11, 0xffff0008});
}

Test(wqe, an_abort_with_the_link_down_sends_no_abts)
{
    struct sli4_wqe wqe;

    sli4_wqe_abort_xri(&wqe, 0x0123, 0x0050, true);
    EXPECT(&wqe, {3, 0x00000101}, {7, 0x00020f00}, {8, 0x0123}, {9, 0x0050}, {10, 0x00000200},
           {11, 0xffff0008});
}

Test(wqe, a_raw_frame_carries_its_header_as_numbers)
{
    static const uint8_t header[24] = {0xf4, 0x01, 0x02, 0x03, 0x00, 0x0a, 0x0b, 0x0c,
                                       0xff, 0x29, 0x00, 0x00, 0x05, 0x00, 0x00, 0x01,
                                       0x11, 0x22, 0x33, 0x44, 0xde, 0xad, 0xbe, 0xef};
    struct sli4_wqe wqe;
    const struct sli4_send_frame_args args = {.request_tag = 0x66,
                                              .header = header,
                                              .sof = 0x2e,
                                              .eof = 0x41,
                                              .payload = 0x8000,
                                              .payload_bytes = 64};

    memset(&wqe, 0xa5, sizeof wqe);
    sli4_wqe_send_frame(&wqe, &args);
    EXPECT(&wqe, {0, 64}, {1, 0x8000}, {3, 64}, {4, 0xf4010203}, {5, 0x000a0b0c}, {7, 0x0002e100},
           {9, 0x2e410066}, {10, 0x00204880}, {11, 0xffff000a}, {12, 0xff290000}, {13, 0x05000001},
           {14, 0x11223344}, {15, 0xdeadbeef});
}

Test(sge, position_zero_of_an_nvme_io_is_skipped)
{
    struct sli4_sge sge;

    sli4_sge_fill(&sge, 0, 96, 0, SLI4_SGE_SKIP, false);
    cr_assert_eq(le32toh(sge.word[0]), 0);
    cr_assert_eq(le32toh(sge.word[1]), 0);
    cr_assert_eq(le32toh(sge.word[2]), 0x60000000);
    cr_assert_eq(le32toh(sge.word[3]), 96);
}

Test(sge, a_data_segment_has_high_before_low_and_its_offset)
{
    struct sli4_sge sge;

    memset(&sge, 0xa5, sizeof sge);
    sli4_sge_fill(&sge, 0x180000040, 4096, 8192, SLI4_SGE_DATA, true);
    cr_assert_eq(le32toh(sge.word[0]), 1);
    cr_assert_eq(le32toh(sge.word[1]), 0x80000040);
    cr_assert_eq(le32toh(sge.word[2]), 0x80002000);
    cr_assert_eq(le32toh(sge.word[3]), 4096);
}

Test(sge, a_request_has_its_response_second_and_last)
{
    struct sli4_sge sgl[2];

    sli4_sgl_request(sgl, 0x1000, 116, 0x2000, 1024);
    cr_assert_eq(le32toh(sgl[0].word[1]), 0x1000);
    cr_assert_eq(le32toh(sgl[0].word[2]), 0);
    cr_assert_eq(le32toh(sgl[0].word[3]), 116);
    cr_assert_eq(le32toh(sgl[1].word[1]), 0x2000);
    cr_assert_eq(le32toh(sgl[1].word[2]), 0x80000000);
    cr_assert_eq(le32toh(sgl[1].word[3]), 1024);
}
