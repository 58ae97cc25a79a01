/* SPDX-License-Identifier: BSD-2-Clause */
/* Mailbox commands word for word, and the bootstrap mailbox against a scripted port. The words were worked
 * out by hand from sli4-port.md 3 to 6 and sli4-io.md 1.3. */
#include <criterion/criterion.h>
#include "driver/sli4/mbox.h"
#include "driver/sli4/test_platform.h"

struct word {
    unsigned index;
    uint32_t value;
};

/* All words of the MQE; those not listed are zero. */
static void expect(const struct sli4_mqe *mqe, const struct word *words, size_t count)
{
    uint32_t all[64] = {0};

    for (size_t i = 0; i < count; i++)
        all[words[i].index] = words[i].value;
    for (unsigned w = 0; w < 64; w++)
        cr_expect_eq(le32toh(mqe->word[w]), all[w], "word %u is %08x, not %08x", w, le32toh(mqe->word[w]),
                     all[w]);
}

#define EXPECT(mqe, ...) \
    do { \
        static const struct word words[] = {__VA_ARGS__}; \
        expect(mqe, words, sizeof words / sizeof words[0]); \
    } while (0)

static struct sli4_mqe stale(void)
{
    struct sli4_mqe mqe;

    memset(&mqe, 0xa5, sizeof mqe);
    return mqe;
}

/* ---- classic commands ---- */

Test(classic, commands_without_arguments_are_a_command_byte)
{
    struct sli4_mqe mqe = stale();

    sli4_mbox_read_config(&mqe);
    EXPECT(&mqe, {0, 0x0b00});
    sli4_mbox_read_nv(&mqe);
    EXPECT(&mqe, {0, 0x0200});
    sli4_mbox_down_link(&mqe);
    EXPECT(&mqe, {0, 0x0600});
    sli4_mbox_heartbeat(&mqe);
    EXPECT(&mqe, {0, 0x3100});
}

Test(classic, read_rev_asks_for_vpd_when_there_is_a_buffer)
{
    struct sli4_mqe mqe = stale();
    struct dma_mem vpd = {NULL, 0x100002000, 4096};

    sli4_mbox_read_rev(&mqe, &vpd);
    EXPECT(&mqe, {0, 0x1100}, {1, 0x20000000}, {48, 4096}, {49, 0x2000}, {50, 1});
    sli4_mbox_read_rev(&mqe, NULL);
    EXPECT(&mqe, {0, 0x1100});
}

Test(classic, request_features)
{
    struct sli4_mqe mqe = stale();

    sli4_mbox_request_features(&mqe, SLI4_FEAT_FCPI | SLI4_FEAT_PERFH);
    EXPECT(&mqe, {0, 0x9d00}, {2, 0x810});
}

Test(classic, dump_of_region_23)
{
    struct sli4_mqe mqe = stale();
    struct dma_mem buffer = {NULL, 0x300004000, 0x400};

    sli4_mbox_dump(&mqe, SLI4_DUMP_NV, SLI4_DUMP_REGION_PORT_CONFIG, 0x10, &buffer);
    EXPECT(&mqe, {0, 0x1700}, {1, 2}, {2, 0x00100017}, {3, 0x400}, {4, 0x4000}, {5, 3});
}

Test(classic, init_link_at_a_fixed_speed)
{
    struct sli4_mqe mqe = stale();

    sli4_mbox_init_link(&mqe, SLI4_LINK_FLAG_PT2PT | SLI4_LINK_FLAG_FIXED_SPEED, SLI4_LINK_SPEED_32G);
    EXPECT(&mqe, {0, 0x0500}, {2, 0x0802}, {3, 0x14});
}

Test(classic, config_link)
{
    struct sli4_mqe mqe = stale();

    sli4_mbox_config_link(&mqe, 1, 2000, 10);
    EXPECT(&mqe, {0, 0x0700}, {2, 1}, {4, 2000}, {6, 10});
}

Test(classic, read_topology_has_room_for_a_loop_map)
{
    struct sli4_mqe mqe = stale();

    sli4_mbox_read_topology(&mqe, 0x500006000);
    EXPECT(&mqe, {0, 0x9500}, {4, 128}, {5, 0x6000}, {6, 5});
}

Test(classic, link_statistics)
{
    struct sli4_mqe mqe = stale();

    sli4_mbox_read_lnk_stat(&mqe, true, true);
    EXPECT(&mqe, {0, 0x1200}, {1, 0xc0000001});
    sli4_mbox_read_status(&mqe, true);
    EXPECT(&mqe, {0, 0x0e00}, {1, 1});
}

Test(classic, read_sparm64_asks_for_112_bytes)
{
    struct sli4_mqe mqe = stale();

    sli4_mbox_read_sparm64(&mqe, 2, 0x100003000);
    EXPECT(&mqe, {0, 0x8d00}, {3, 112}, {4, 0x3000}, {5, 1}, {6, 2}, {7, 16}, {8, 24});
}

Test(classic, reg_vfi_registers_the_vpi_as_well)
{
    struct sli4_mqe mqe = stale();
    const struct sli4_reg_vfi args = {
        .vfi = 3,
        .vpi = 4,
        .fcfi = 5,
        .wwpn = {0x10, 0x00, 0x00, 0x90, 0xfa, 0x12, 0x34, 0x56},
        .sparm = 0x200003000,
        .n_port_id = 0x010203,
        .e_d_tov_ms = 2000,
        .r_a_tov_s = 10,
        .register_vpi = true,
    };

    sli4_mbox_reg_vfi(&mqe, &args);
    EXPECT(&mqe, {0, 0x9f00}, {1, 0x10000003}, {2, 0x00040005}, {3, 0x90000010}, {4, 0x563412fa}, {5, 112},
           {6, 0x3000}, {7, 2}, {8, 2000}, {9, 10}, {10, 0x010203});
}

Test(classic, the_objects_of_the_textbook_order)
{
    struct sli4_mqe mqe = stale();
    const struct sli4_reg_vpi vpi = {
        .vpi = 4,
        .vfi = 3,
        .wwpn = {0x10, 0x00, 0x00, 0x90, 0xfa, 0x12, 0x34, 0x56},
        .s_id = 0x010203,
        .update = true,
    };

    sli4_mbox_init_vfi(&mqe, 3, 5, 4);
    EXPECT(&mqe, {0, 0xa300}, {1, 0x10000003}, {2, 0x00040005});
    sli4_mbox_init_vpi(&mqe, 4, 3);
    EXPECT(&mqe, {0, 0xa400}, {1, 0x00030004});
    sli4_mbox_reg_vpi(&mqe, &vpi);
    EXPECT(&mqe, {0, 0x9600}, {2, 0x01010203}, {3, 0x90000010}, {4, 0x563412fa}, {6, 0x00030004});
}

Test(classic, reg_rpi_carries_the_remote_service_parameters)
{
    struct sli4_mqe mqe = stale();
    const struct sli4_reg_rpi args = {.rpi = 7, .vpi = 4, .d_id = 0xfffffc, .sparm = 0x100008000};

    sli4_mbox_reg_rpi(&mqe, &args);
    EXPECT(&mqe, {0, 0x9300}, {1, 7}, {2, 0xfffffc}, {3, 112}, {4, 0x8000}, {5, 1}, {6, 4});
}

Test(classic, unregistering)
{
    struct sli4_mqe mqe = stale();

    sli4_mbox_unreg_rpi(&mqe, 7);
    EXPECT(&mqe, {0, 0x1400}, {1, 7});
    sli4_mbox_unreg_all_rpis(&mqe, 4);
    EXPECT(&mqe, {0, 0x1400}, {1, 0x40000004});
    sli4_mbox_unreg_vpi(&mqe, 4);
    EXPECT(&mqe, {0, 0x9700}, {2, 4});
    sli4_mbox_unreg_vfi(&mqe, 3);
    EXPECT(&mqe, {0, 0xa100}, {2, 3});
    sli4_mbox_unreg_fcfi(&mqe, 5);
    EXPECT(&mqe, {0, 0xa200}, {2, 5});
    sli4_mbox_resume_rpi(&mqe, SLI4_INDEX_VPI, 4, 9);
    EXPECT(&mqe, {0, 0x9e00}, {1, 0x40000004}, {2, 9});
}

Test(classic, reg_fcfi_gives_every_frame_to_one_pair)
{
    struct sli4_mqe mqe = stale();

    sli4_mbox_reg_fcfi(&mqe, 6);
    EXPECT(&mqe, {0, 0xa000}, {2, 0x0006ffff}, {3, 0xffffffff});
}

/* ---- SLI_CONFIG ---- */

Test(config, queries_leave_room_for_their_answers)
{
    struct sli4_mqe mqe = stale();

    sli4_mbox_get_sli4_params(&mqe);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 128}, {6, 0x01b5}, {8, 112});
    sli4_mbox_query_fw_config(&mqe);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 172}, {6, 0x013a}, {8, 156});
    sli4_mbox_get_function_config(&mqe);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 196}, {6, 0x01a0}, {8, 180});
    sli4_mbox_get_port_name(&mqe);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 20}, {6, 0x014d}, {8, 4}, {9, 1}, {10, 1});
}

Test(config, host_data)
{
    struct sli4_mqe mqe = stale();
    const struct sli4_host_time time = {2026, 3, 31, 23, 58, 59};

    sli4_mbox_set_host_version(&mqe, "slib 1");
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 72}, {6, 0x015d}, {8, 56}, {10, 2}, {11, 48}, {12, 0x62696c73},
           {13, 0x00003120});
    sli4_mbox_set_host_time(&mqe, &time);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 72}, {6, 0x015d}, {8, 56}, {10, 4}, {11, 8}, {12, 0x00031f1a},
           {13, 0x00173a3b});
}

Test(config, a_long_host_version_is_cut_and_stays_a_string)
{
    struct sli4_mqe mqe;

    sli4_mbox_set_host_version(&mqe,
                               "0123456789012345678901234567890123456789012345678901234567890123456789");
    cr_assert_eq(le32toh(mqe.word[12 + 11]), 0x00363534);
    cr_assert_eq(mqe.word[12 + 12], 0);
}

Test(config, one_feature_is_set_with_one_word)
{
    struct sli4_mqe mqe = stale();

    sli4_mbox_set_feature(&mqe, SLI4_FEATURE_DUAL_DUMP, 1);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 44}, {6, 0x01bf}, {8, 28}, {10, 0x1e}, {11, 4}, {12, 1});
}

Test(config, nop_carries_two_words_to_and_fro)
{
    struct sli4_mqe mqe = stale();

    sli4_mbox_nop(&mqe, 0x11, 0x22);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 24}, {6, 0x0121}, {8, 8}, {10, 0x11}, {11, 0x22});
}

Test(config, eq_delay_is_a_multiplier_and_clamped)
{
    struct sli4_mqe mqe = stale();
    const uint16_t ids[2] = {3, 4};

    sli4_mbox_modify_eq_delay(&mqe, ids, 2, 100);          /* 100 * 0.651042 = 65, minus 1 */
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 116}, {6, 0x0129}, {8, 100}, {10, 2}, {11, 3}, {13, 64}, {14, 4},
           {16, 64});
    sli4_mbox_modify_eq_delay(&mqe, ids, 1, 1000000);
    cr_assert_eq(le32toh(mqe.word[13]), 1023);
    sli4_mbox_modify_eq_delay(&mqe, ids, 1, 0);
    cr_assert_eq(mqe.word[13], 0);
}

Test(config, controller_attributes_come_in_an_external_page)
{
    struct test_platform *t = test_platform();
    struct sli4_mqe mqe = stale();
    struct dma_mem page;
    uint32_t *word;

    t->platform.ops->dma_alloc(t, 4096, 4096, &page);
    word = page.cpu;
    word[1] = 0xa5a5a5a5;                  /* an earlier answer */
    sli4_mbox_get_cntl_attributes(&mqe, &page);
    EXPECT(&mqe, {0, 0x9b00}, {1, 8}, {2, 556}, {6, 0}, {7, 1}, {8, 556});
    cr_assert_eq(le32toh(word[0]), 0x0120);
    cr_assert_eq(word[1], 0);
    cr_assert_eq(le32toh(word[2]), 540);
    cr_assert_eq(word[3], 0);
    t->platform.ops->dma_free(t, &page);
}

Test(config, a_long_external_payload_has_an_sge_a_page)
{
    struct test_platform *t = test_platform();
    struct sli4_mqe mqe = stale();
    struct dma_mem buffer;

    t->platform.ops->dma_alloc(t, 3 * 4096, 4096, &buffer);
    sli4_mbox_config_external(&mqe, SLI4_SUBSYS_COMMON, SLI4_COMMON_READ_OBJECT_LIST, 0, &buffer, 9000);
    EXPECT(&mqe, {0, 0x9b00}, {1, 24}, {2, 9016}, {7, 1}, {8, 4096}, {9, 0x1000}, {10, 1}, {11, 4096},
           {12, 0x2000}, {13, 1}, {14, 824});
    t->platform.ops->dma_free(t, &buffer);
}

/* ---- queues ---- */

static struct test_platform *ports_memory(uint64_t bus)
{
    struct test_platform *t = test_platform();

    t->next_bus = bus;
    return t;
}

Test(create, an_eq_of_1024_entries)
{
    struct test_platform *t = ports_memory(0x100003000);
    struct sli4_mqe mqe = stale();
    struct sli4_eq eq;

    sli4_eq_alloc(&eq, &t->platform, 1024);
    cr_assert_eq(sli4_mbox_eq_create(&mqe, &eq), 0);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 100}, {6, 0x010d}, {8, 84}, {10, 1}, {11, 0x20000000},
           {12, 0x08000000}, {15, 0x3000}, {16, 1});
    sli4_eq_free(&eq);
}

Test(create, an_eq_whose_depth_has_no_undisputed_code_is_refused)
{
    struct test_platform *t = ports_memory(0);
    struct sli4_mqe mqe;
    struct sli4_eq eq;

    sli4_eq_alloc(&eq, &t->platform, 4096);
    cr_assert_eq(sli4_mbox_eq_create(&mqe, &eq), -EINVAL);
    sli4_eq_free(&eq);
    sli4_eq_alloc(&eq, &t->platform, 128);
    cr_assert_eq(sli4_mbox_eq_create(&mqe, &eq), -EINVAL);
    sli4_eq_free(&eq);
}

Test(create, a_cq_of_1024_entries_in_version_2)
{
    struct test_platform *t = ports_memory(0x100010000);
    struct sli4_mqe mqe = stale();
    struct sli4_cq cq;

    sli4_cq_alloc(&cq, &t->platform, 1024);
    cr_assert_eq(sli4_mbox_cq_create(&mqe, &cq, 2, 2), 0);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 100}, {6, 0x010c}, {8, 84}, {9, 2}, {10, 0x00010004},
           {11, 0xb0000000}, {12, 2}, {15, 0x10000}, {16, 1}, {17, 0x11000}, {18, 1}, {19, 0x12000}, {20, 1},
           {21, 0x13000}, {22, 1});
    sli4_cq_free(&cq);
}

Test(create, a_cq_of_4096_entries_in_pages_of_16_k)
{
    struct test_platform *t = ports_memory(0x10000);
    struct sli4_mqe mqe = stale();
    struct sli4_cq cq;

    sli4_cq_alloc(&cq, &t->platform, 4096);
    cr_assert_eq(sli4_mbox_cq_create(&mqe, &cq, 2, 2), 0);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 100}, {6, 0x010c}, {8, 84}, {9, 2}, {10, 0x00040004},
           {11, 0xb8000000}, {12, 2}, {13, 4096}, {15, 0x10000}, {17, 0x14000}, {19, 0x18000}, {21, 0x1c000});
    cr_assert_eq(sli4_mbox_cq_create(&mqe, &cq, 2, 0), -EINVAL, "version 0 has no such count");
    sli4_cq_free(&cq);
}

Test(create, a_cq_of_256_entries_in_version_0)
{
    struct test_platform *t = ports_memory(0x10000);
    struct sli4_mqe mqe = stale();
    struct sli4_cq cq;

    sli4_cq_alloc(&cq, &t->platform, 256);
    cr_assert_eq(sli4_mbox_cq_create(&mqe, &cq, 2, 0), 0);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 68}, {6, 0x010c}, {8, 52}, {10, 1}, {11, 0xa0000000},
           {12, 0x00800000}, {15, 0x10000});
    cr_assert_eq(sli4_mbox_cq_create(&mqe, &cq, 256, 0), -EINVAL, "version 0 has 8 bits for the EQ");
    sli4_cq_free(&cq);
}

Test(create, an_mq_with_link_and_port_events)
{
    struct test_platform *t = ports_memory(0x200003000);
    struct sli4_mqe mqe = stale();
    struct sli4_mq mq;

    sli4_mq_alloc(&mq, &t->platform, 16);
    cr_assert_eq(sli4_mbox_mq_create(&mqe, &mq, 5, 0x00030026, 1), 0);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 104}, {6, 0x015a}, {8, 88}, {9, 1}, {10, 0x00050001},
           {11, 0x00030026}, {12, 0x00050000}, {13, 0x80000000}, {16, 0x3000}, {17, 2});
    cr_assert_eq(sli4_mbox_mq_create(&mqe, &mq, 5, 0x00030026, 0), 0);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 104}, {6, 0x015a}, {8, 88}, {10, 1}, {11, 0x00030026},
           {12, 0x01450000}, {13, 0x80000000}, {16, 0x3000}, {17, 2});
    sli4_mq_free(&mq);
}

Test(create, a_wq_of_256_entries_of_128_bytes)
{
    struct test_platform *t = ports_memory(0x40000);
    struct sli4_mqe mqe = stale();
    struct sli4_wq wq;

    sli4_wq_alloc(&wq, &t->platform, 256, 128);
    cr_assert_eq(sli4_mbox_wq_create(&mqe, &wq, 7, 1), 0);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 92}, {6, 0x0c01}, {8, 76}, {9, 1}, {10, 0x00070008},
           {11, 0x01000601}, {13, 0x40000}, {15, 0x41000}, {17, 0x42000}, {19, 0x43000}, {21, 0x44000},
           {23, 0x45000}, {25, 0x46000}, {27, 0x47000});
    cr_assert_eq(sli4_mbox_wq_create(&mqe, &wq, 7, 0), -EINVAL, "version 0 has entries of 64 bytes");
    sli4_wq_free(&wq);
}

Test(create, a_wq_of_64_byte_entries_in_both_versions)
{
    struct test_platform *t = ports_memory(0x40000);
    struct sli4_mqe mqe = stale();
    struct sli4_wq wq;

    sli4_wq_alloc(&wq, &t->platform, 256, 64);
    cr_assert_eq(sli4_mbox_wq_create(&mqe, &wq, 7, 1), 0);
    cr_assert_eq(le32toh(mqe.word[11]), 0x01000501);
    cr_assert_eq(sli4_mbox_wq_create(&mqe, &wq, 7, 0), 0);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 56}, {6, 0x0c01}, {8, 40}, {10, 0x00070004}, {11, 0x40000},
           {13, 0x41000}, {15, 0x42000}, {17, 0x43000});
    sli4_wq_free(&wq);
}

Test(create, a_header_and_a_data_rq)
{
    struct test_platform *t = ports_memory(0x50000);
    struct sli4_mqe mqe = stale();
    struct sli4_rq rq;

    sli4_rq_alloc(&rq, &t->platform, 512);
    cr_assert_eq(sli4_mbox_rq_create(&mqe, &rq, false, 3, 128, 1), 0);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 100}, {6, 0x0c05}, {8, 84}, {9, 1}, {10, 1}, {11, 0x02000201},
           {13, 0x00030000}, {14, 128}, {15, 0x50000});
    cr_assert_eq(sli4_mbox_rq_create(&mqe, &rq, true, 3, 2048, 1), 0);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 100}, {6, 0x0c05}, {8, 84}, {9, 1}, {10, 1}, {11, 0x02000201},
           {13, 0x00030000}, {14, 2048}, {15, 0x51000});
    cr_assert_eq(sli4_mbox_rq_create(&mqe, &rq, true, 3, 2048, 0), 0);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 100}, {6, 0x0c05}, {8, 84}, {10, 1}, {11, 0x00090000},
           {13, 0x00030800}, {15, 0x51000});
    sli4_rq_free(&rq);
}

Test(create, the_answer_has_the_id)
{
    struct sli4_mqe mqe = {{htole32(0x9b00), htole32(1)}};

    mqe.word[6] = htole32(0x0c01);
    mqe.word[10] = htole32(0x00000012);
    cr_assert_eq(sli4_mbox_queue_id(&mqe), 0x12);
    mqe.word[10] = htole32(0x80000012);
    cr_assert_eq(sli4_mbox_queue_id(&mqe), -EIO, "DPP was not asked for");
    mqe.word[10] = htole32(0x0000ffff);
    cr_assert_eq(sli4_mbox_queue_id(&mqe), -EIO);
    mqe.word[6] = htole32(0x010c);
    mqe.word[10] = htole32(0x80000012);
    cr_assert_eq(sli4_mbox_queue_id(&mqe), 0x12, "bit 31 has a meaning for work queues only");
}

Test(destroy, is_an_id_under_the_kinds_own_opcode)
{
    struct sli4_mqe mqe = stale();

    sli4_mbox_wq_destroy(&mqe, 9);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 20}, {6, 0x0c02}, {8, 4}, {10, 9});
    sli4_mbox_rq_destroy(&mqe, 9);
    cr_assert_eq(le32toh(mqe.word[6]), 0x0c06);
    sli4_mbox_mq_destroy(&mqe, 9);
    cr_assert_eq(le32toh(mqe.word[6]), 0x0135);
    sli4_mbox_cq_destroy(&mqe, 9);
    cr_assert_eq(le32toh(mqe.word[6]), 0x0136);
    sli4_mbox_eq_destroy(&mqe, 9);
    cr_assert_eq(le32toh(mqe.word[6]), 0x0137);
}

/* ---- POST_SGL_PAGES ---- */

Test(sgl, one_xri_is_posted_embedded)
{
    struct sli4_mqe mqe = stale();

    sli4_mbox_post_sgl(&mqe, 0x20, 0x100004000, 0x100005000);
    EXPECT(&mqe, {0, 0x9b00}, {1, 1}, {2, 36}, {6, 0x0c03}, {8, 20}, {10, 0x00010020}, {11, 0x4000}, {12, 1},
           {13, 0x5000}, {14, 1});
}

Test(sgl, a_block_is_posted_from_its_page)
{
    struct test_platform *t = ports_memory(0x70000);
    struct sli4_mqe mqe = stale();
    struct sli4_sgl_block block;
    struct dma_mem page;
    uint32_t *word;

    t->platform.ops->dma_alloc(t, 4096, 4096, &page);
    word = page.cpu;
    sli4_sgl_block_open(&block, &page, 0x100);
    cr_assert_eq(sli4_sgl_block_add(&block, 0x100004000, 0), 0);
    cr_assert_eq(sli4_sgl_block_add(&block, 0x100006000, 0x100007000), 0);
    sli4_mbox_post_sgl_block(&mqe, &block);
    EXPECT(&mqe, {0, 0x9b00}, {1, 8}, {2, 52}, {6, 0x70000}, {8, 52});
    cr_assert_eq(le32toh(word[0]), 0x0c03);
    cr_assert_eq(le32toh(word[2]), 36);
    cr_assert_eq(le32toh(word[4]), 0x00020100);
    cr_assert_eq(le32toh(word[5]), 0x4000);
    cr_assert_eq(le32toh(word[6]), 1);
    cr_assert_eq(word[7], 0);
    cr_assert_eq(le32toh(word[9]), 0x6000);
    cr_assert_eq(le32toh(word[11]), 0x7000);
    cr_assert_eq(le32toh(word[12]), 1);
    t->platform.ops->dma_free(t, &page);
}

Test(sgl, a_block_holds_254_pairs_and_fits_its_page)
{
    struct test_platform *t = ports_memory(0x70000);
    struct sli4_mqe mqe = stale();
    struct sli4_sgl_block block;
    struct dma_mem page;

    t->platform.ops->dma_alloc(t, 4096, 4096, &page);
    sli4_sgl_block_open(&block, &page, 0);
    for (unsigned i = 0; i < 254; i++)
        cr_assert_eq(sli4_sgl_block_add(&block, i, 0), 0);
    cr_assert_eq(sli4_sgl_block_add(&block, 0, 0), -ENOSPC);
    sli4_mbox_post_sgl_block(&mqe, &block);
    cr_assert_eq(le32toh(mqe.word[8]), 4084);              /* 16 + 4 + 254 * 16 */
    t->platform.ops->dma_free(t, &page);
}

/* ---- results ---- */

static int result(uint32_t w0, uint32_t emb, uint32_t hdr1, uint32_t mcqe0, struct sli4_mbox_status *out)
{
    struct sli4_mqe mqe = {{htole32(w0), htole32(emb)}};
    struct sli4_cqe mcqe = {{htole32(mcqe0)}};

    mqe.word[7] = htole32(hdr1);
    return sli4_mbox_result(&mqe, &mcqe, NULL, out);
}

Test(result, all_layers_zero_is_success)
{
    struct sli4_mbox_status s;

    cr_assert_eq(result(0x00009b00, 1, 0, 0, &s), 0);
    cr_assert_eq(result(0x00009300, 0, 0, 0, &s), 0);
}

Test(result, an_mcqe_status_alone_becomes_an_mqe_status)
{
    struct sli4_mbox_status s;

    cr_assert_eq(result(0x00009300, 0, 0, 0x00070005, &s), -EIO);
    cr_assert_eq(s.mqe, 0x4005);
    cr_assert_eq(s.mcqe, 5);
    cr_assert_eq(s.mcqe_extended, 7);
    cr_assert_eq(result(0x000c9300, 0, 0, 0x00070005, &s), -EIO);
    cr_assert_eq(s.mqe, 0x000c, "an MQE status of its own stays");
}

Test(result, a_config_status_is_a_failure_of_its_own)
{
    struct sli4_mbox_status s;

    cr_assert_eq(result(0x00009b00, 1, 0x0002a001, 0, &s), -EIO);
    cr_assert_eq(s.mqe, 0);
    cr_assert_eq(s.config, 1);
    cr_assert_eq(s.additional, 0xa0);
    cr_assert_eq(s.additional2, 2);
}

Test(result, the_words_of_a_classic_command_are_no_config_header)
{
    struct sli4_mbox_status s;

    cr_assert_eq(result(0x00008d00, 1, 16, 0, &s), 0);     /* READ_SPARM64 has 16 in word 7 */
}

Test(result, an_external_header_is_looked_at_where_it_lies)
{
    struct sli4_mqe mqe = {{htole32(0x9b00), htole32(8)}};
    uint32_t buffer[4] = {htole32(0x0c03), htole32(0x03), 0, 0};
    struct sli4_mbox_status s;

    mqe.word[7] = htole32(1);              /* address high of the SGE */
    cr_assert_eq(sli4_mbox_result(&mqe, NULL, buffer, &s), -EIO);
    cr_assert_eq(s.config, SLI4_CFG_ILLEGAL_FIELD);
    buffer[1] = 0;
    cr_assert_eq(sli4_mbox_result(&mqe, NULL, buffer, &s), 0);
    cr_assert_eq(sli4_mbox_number(&mqe, buffer), 0x9b0c03);
    cr_assert_eq(sli4_mbox_number(&mqe, NULL), 0x9b0000);
}

Test(timeout, depends_on_the_command)
{
    struct sli4_mqe mqe;
    struct dma_mem buffer = {NULL, 0, 1024};

    sli4_mbox_read_config(&mqe);
    cr_assert_eq(sli4_mbox_timeout_ms(&mqe), 30000);
    sli4_mbox_get_sli4_params(&mqe);
    cr_assert_eq(sli4_mbox_timeout_ms(&mqe), 60000);
    sli4_mbox_dump(&mqe, SLI4_DUMP_NV, 0x17, 0, &buffer);
    cr_assert_eq(sli4_mbox_timeout_ms(&mqe), 300000);
    sli4_mbox_config(&mqe, SLI4_SUBSYS_COMMON, SLI4_COMMON_READ_OBJECT, 0, 164);
    cr_assert_eq(sli4_mbox_timeout_ms(&mqe), 300000);
    sli4_mbox_config(&mqe, SLI4_SUBSYS_FC, SLI4_FC_POST_SGL_PAGES, 0, 20);
    cr_assert_eq(sli4_mbox_timeout_ms(&mqe), 60000);
}

/* ---- the bootstrap mailbox ---- */

enum { BMBX, STATUS, STEP, MUTE_STEP, MCQE0, COMMAND, REPLY_STATUS };

static struct dma_mem boot;

static uint32_t boot_read(struct test_platform *t, uint32_t offset)
{
    switch (offset) {
    case 0x160:
        return t->state[BMBX];
    case 0x404:
        return t->state[STATUS];
    default:
        cr_assert_fail("read of %03x", offset);
    }
    return 0;
}

/* The port: RDY falls with each write; it answers at once unless it is mute at this step. */
static void boot_write(struct test_platform *t, uint32_t offset, uint32_t value)
{
    uint32_t *word = boot.cpu;

    (void)value;
    cr_assert_eq(offset, 0x160);
    t->state[STEP]++;
    t->state[BMBX] = 0;
    if (t->state[MUTE_STEP] == t->state[STEP])
        return;
    t->state[BMBX] = 1;
    if (t->state[STEP] < 2)
        return;
    word[0] = htole32(t->state[COMMAND] << 8 | t->state[REPLY_STATUS] << 16);
    word[12] = htole32(0x04000000);
    word[64] = htole32(t->state[MCQE0]);
}

static struct test_platform *boot_port(uint64_t bus)
{
    struct test_platform *t = test_platform();

    t->next_bus = bus;
    t->platform.ops->dma_alloc(t, SLI4_BMBX_SIZE, SLI4_BMBX_ALIGN, &boot);
    memset(boot.cpu, 0xa5, boot.size);
    t->on_read = boot_read;
    t->on_write = boot_write;
    t->state[BMBX] = 1;
    t->state[STATUS] = 0x00800000;
    t->state[COMMAND] = 0x0b;
    return t;
}

static int issue_read_config(struct test_platform *t, struct sli4_mqe *mqe, struct sli4_mbox_status *status)
{
    int error;

    sli4_mbox_read_config(mqe);
    error = sli4_bmbx_issue(&t->platform, &boot, mqe, NULL, 0, status);
    t->platform.ops->dma_free(t, &boot);
    return error;
}

Test(bootstrap, the_address_goes_in_two_halves_and_the_answer_comes_back)
{
    struct test_platform *t = boot_port(0x1234567890);
    struct sli4_mbox_status status;
    struct sli4_mqe mqe;

    cr_assert_eq(issue_read_config(t, &mqe, &status), 0);
    cr_assert_eq(t->write_count, 2);
    cr_assert_eq(t->writes[0].value, 0x00000012);          /* (addr >> 34) << 2 | 2 */
    cr_assert_eq(t->writes[1].value, 0x8d159e24);          /* (addr >> 4) << 2 */
    cr_assert_eq(sli4_mbx_read_config_xri_count(&mqe), 1024);
    cr_assert_eq(status.mqe, 0);
    cr_assert_eq(t->now_ns, 0);
}

Test(bootstrap, a_rejection_is_told_in_full)
{
    struct test_platform *t = boot_port(0x1000);
    struct sli4_mbox_status status;
    struct sli4_mqe mqe;

    t->state[REPLY_STATUS] = 0x10;
    cr_assert_eq(issue_read_config(t, &mqe, &status), -EIO);
    cr_assert_eq(status.mqe, 0x10);

    t = boot_port(0x1000);
    t->state[MCQE0] = 2;
    cr_assert_eq(issue_read_config(t, &mqe, &status), -EIO);
    cr_assert_eq(status.mqe, 0x4002);
}

Test(bootstrap, a_port_that_falls_silent_is_given_up_in_time_at_either_step)
{
    for (uint32_t step = 1; step <= 2; step++) {
        struct test_platform *t = boot_port(0x1000);
        struct sli4_mqe mqe;

        t->state[MUTE_STEP] = step;
        cr_assert_eq(issue_read_config(t, &mqe, NULL), -ETIMEDOUT);
        cr_assert_eq(t->write_count, step);
        cr_assert_geq(t->now_ns, 30000000000ull);
        cr_assert_leq(t->now_ns, 30010000000ull);
    }
}

Test(bootstrap, a_mailbox_that_is_not_ready_is_not_written_to)
{
    struct test_platform *t = boot_port(0x1000);
    struct sli4_mqe mqe;

    t->state[BMBX] = 0;
    cr_assert_eq(issue_read_config(t, &mqe, NULL), -ETIMEDOUT);
    cr_assert_eq(t->write_count, 0);
}

Test(bootstrap, a_port_in_error_is_not_waited_for)
{
    struct test_platform *t = boot_port(0x1000);
    struct sli4_mqe mqe;

    t->state[MUTE_STEP] = 2;
    t->state[STATUS] = 0x81800000;
    cr_assert_eq(issue_read_config(t, &mqe, NULL), -ENODEV);
    cr_assert_lt(t->now_ns, 1000000ull);

    t = boot_port(0x1000);
    t->state[BMBX] = 0xffffffff;
    cr_assert_eq(issue_read_config(t, &mqe, NULL), -ENODEV);
    cr_assert_eq(t->write_count, 0);
}

Test(bootstrap, an_answer_to_another_command_is_not_believed)
{
    struct test_platform *t = boot_port(0x1000);
    struct sli4_mqe mqe;

    t->state[COMMAND] = 0x11;
    cr_assert_eq(issue_read_config(t, &mqe, NULL), -ENODEV);
    cr_assert_eq(mqe.word[12], 0);
}

/* ---- checks of answers ---- */

Test(check, read_config_of_a_sound_port_passes_and_each_lack_is_named)
{
    struct sli4_mqe mqe = {{0}};
    const char *why = NULL;

    mqe.word[2] = htole32(0x02000140);
    for (unsigned w = 12; w <= 15; w++)
        mqe.word[w] = htole32(0x00400000);
    mqe.word[17] = htole32(0x00400002);
    mqe.word[18] = htole32(0x00400040);
    cr_assert_eq(sli4_check_read_config(&mqe, &why), 0);
    mqe.word[1] = htole32(0x80000000);
    cr_assert_eq(sli4_check_read_config(&mqe, &why), -EIO);
    mqe.word[1] = 0;
    mqe.word[2] = htole32(0x02000100);     /* Ethernet */
    cr_assert_eq(sli4_check_read_config(&mqe, &why), -EIO);
    mqe.word[2] = htole32(0x02000140);
    mqe.word[17] = htole32(0x00400001);
    cr_assert_eq(sli4_check_read_config(&mqe, &why), -EIO);
    mqe.word[17] = htole32(0x00400002);
    mqe.word[13] = 0;
    cr_assert_eq(sli4_check_read_config(&mqe, &why), -EIO);
    cr_assert_not_null(why);
}

Test(check, read_rev_must_say_sli_level_4_without_fcoe)
{
    struct sli4_mqe mqe = {{0}};
    char name[17];

    mqe.word[1] = htole32(0x00040000);
    memcpy(&mqe.word[9], "12.8.352.13\0\0\0\0\0", 16);
    cr_assert_eq(sli4_check_read_rev(&mqe, NULL), 0);
    sli4_firmware_name(&mqe, name);
    cr_assert_str_eq(name, "12.8.352.13");
    mqe.word[1] = htole32(0x00140000);
    cr_assert_eq(sli4_check_read_rev(&mqe, NULL), -EIO);
    mqe.word[1] = htole32(0x00030000);
    cr_assert_eq(sli4_check_read_rev(&mqe, NULL), -EIO);
}

Test(check, parameters_must_offer_nvme_and_long_wqes)
{
    struct sli4_get_sli4_params_rsp p = {{0}};

    p.word[8] = htole32(0x00050308);
    p.word[19] = htole32(0x00000018);
    cr_assert_eq(sli4_check_params(&p, NULL), 0);
    p.word[19] = htole32(0x00000008);
    cr_assert_eq(sli4_check_params(&p, NULL), -EIO);
    p.word[19] = htole32(0x00000018);
    p.word[8] = htole32(0x00050108);
    cr_assert_eq(sli4_check_params(&p, NULL), -EIO);
    p.word[8] = htole32(0x00050308);
    p.word[12] = htole32(0x00008000);      /* phwq */
    cr_assert_eq(sli4_check_params(&p, NULL), -EIO);
}

Test(check, the_function_must_be_an_initiator_without_dual_ulp)
{
    struct sli4_query_fw_config_rsp c = {{0}};

    c.word[3] = htole32(0x40);
    cr_assert_eq(sli4_check_fw_config(&c, NULL), 0);
    c.word[3] = htole32(0x840);
    cr_assert_eq(sli4_check_fw_config(&c, NULL), -EIO);
    c.word[3] = htole32(0x80);
    cr_assert_eq(sli4_check_fw_config(&c, NULL), -EIO);
}

Test(check, service_parameters_must_have_names)
{
    uint8_t sparm[112] = {0};

    sparm[16] = 0x10;
    sparm[24] = 0x20;
    cr_assert_eq(sli4_check_sparm(sparm, NULL), 0);
    sparm[24] = 0;
    cr_assert_eq(sli4_check_sparm(sparm, NULL), -EIO);
}
