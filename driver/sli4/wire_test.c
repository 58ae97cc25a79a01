/* SPDX-License-Identifier: BSD-2-Clause */
/* fields.def, the accessors and the table of names. Expectations are transcribed from the reference. */
#include <criterion/criterion.h>
#include <signal.h>
#include "driver/sli4/codes.h"
#include "driver/sli4/fields.h"
#include "driver/sli4/wire.h"

/* Marks the bits of one row in `map`; false if one was marked already. Independent of fields.c. */
static bool mark(uint32_t *map, const struct sli4_field_info *f)
{
    bool fresh = true;

    for (unsigned i = 0; i < f->count; i++)
        for (unsigned b = 0; b < f->width; b++) {
            unsigned bit = f->word * 32u + f->lsb + i * f->stride + b;

            fresh = fresh && !(map[bit / 32] >> bit % 32 & 1);
            map[bit / 32] |= 1u << bit % 32;
        }
    return fresh;
}

static void mark_inherited(uint32_t *map, const struct sli4_entry_info *view)
{
    const struct sli4_entry_info *base = sli4_entry_of(view->base);

    if (base == view)
        return;
    for (size_t i = 0; i < sli4_entry_field_count(base); i++)
        if (base->fields[i].word < 64 && view->inherits >> base->fields[i].word & 1)
            mark(map, &base->fields[i]);
}

Test(fields, no_two_fields_of_an_entry_share_a_bit_unless_one_is_an_overlay)
{
    for (int id = 0; id < SLI4_ENTRY_COUNT; id++) {
        const struct sli4_entry_info *entry = sli4_entry_of((enum sli4_entry_id)id);
        uint32_t map[SLI4_ENTRY_WORDS_MAX] = {0};

        mark_inherited(map, entry);
        for (size_t i = 0; i < sli4_entry_field_count(entry); i++) {
            const struct sli4_field_info *f = &entry->fields[i];

            if (!f->overlay)
                cr_expect(mark(map, f), "%s.%s overlaps", entry->name, f->name);
        }
        for (size_t i = 0; i < sli4_entry_field_count(entry); i++)
            if (entry->fields[i].overlay)
                cr_expect_not(mark(map, &entry->fields[i]), "%s.%s overlaps nothing", entry->name,
                              entry->fields[i].name);
    }
}

Test(fields, every_row_lies_behind_its_own_entry)
{
    size_t rows = 0;

    for (int id = 0; id < SLI4_ENTRY_COUNT; id++) {
        const struct sli4_entry_info *entry = sli4_entry_of((enum sli4_entry_id)id);

        cr_assert_leq(entry->words, SLI4_ENTRY_WORDS_MAX);
        for (size_t i = 0; i < sli4_entry_field_count(entry); i++, rows++)
            cr_assert_eq(entry->fields[i].entry, (enum sli4_entry_id)id, "%s", entry->fields[i].name);
    }
    cr_assert_gt(rows, 800);
}

Test(fields, names_are_unique_within_an_entry)
{
    for (int id = 0; id < SLI4_ENTRY_COUNT; id++) {
        const struct sli4_entry_info *entry = sli4_entry_of((enum sli4_entry_id)id);

        cr_assert_eq(sli4_entry_find(entry->name), entry);
        for (size_t i = 0; i < sli4_entry_field_count(entry); i++)
            cr_assert_eq(sli4_field_find(entry, entry->fields[i].name), &entry->fields[i]);
    }
}

Test(fields, a_view_finds_what_it_inherits_and_not_what_it_replaces)
{
    const struct sli4_entry_info *view = sli4_entry_find("bls_rsp");

    cr_assert_not_null(sli4_field_find(view, "cmnd"));
    cr_assert_null(sli4_field_find(view, "bde_size"), "words 0 to 2 have another meaning here");
    cr_assert_null(sli4_entry_find("no such entry"));
    cr_assert_null(sli4_field_find(view, "no such field"));
}

Test(fields, a_field_is_read_by_name)
{
    uint32_t cqe[4] = {0x01020300, 4096, 0x16, 0x90010000};
    const struct sli4_entry_info *entry = sli4_entry_find("wcqe");

    cr_assert_eq(sli4_field_get(sli4_field_find(entry, "request_tag"), 0, cqe), 0x0102);
    cr_assert_eq(sli4_field_get(sli4_field_find(entry, "status"), 0, cqe), 3);
    cr_assert_eq(sli4_field_get(sli4_field_find(entry, "xb"), 0, cqe), 1);
    cr_assert_eq(sli4_field_get(sli4_field_find(entry, "code"), 0, cqe), 1);
}

Test(fields, bits_without_a_row_are_reserved)
{
    uint32_t used[4];

    /* sli4-io.md 3.4: word 2 whole, word 3 bits 23:16 and 31. */
    sli4_entry_used_bits(sli4_entry_find("release_cqe"), used);
    cr_assert_eq(used[0], 0);
    cr_assert_eq(used[1], 0);
    cr_assert_eq(used[2], 0xffffffff);
    cr_assert_eq(used[3], 0x80ff0000);
}

Test(fields, a_reserved_bit_that_is_set_is_found_with_its_word)
{
    uint32_t cqe[4] = {0, 0, 0x00120003, 0x80020000}, bits;
    const struct sli4_entry_info *entry = sli4_entry_find("release_cqe");

    cr_assert_eq(sli4_entry_reserved_set(entry, cqe, 0, &bits), -1);
    cqe[1] = 0x00000100;
    cr_assert_eq(sli4_entry_reserved_set(entry, cqe, 0, &bits), 1);
    cr_assert_eq(bits, 0x100);
    cr_assert_eq(sli4_entry_reserved_set(entry, cqe, 2, &bits), -1);
}

/* Which bits of a word have a meaning, transcribed from the tables of the reference. */
static const struct {
    const char *entry;
    unsigned word;
    uint32_t used;
} meaningful[] = {
    {"sli_intf", 0, 0xfffffff1},
    {"sliport_semaphore", 0, 0xfcffffff},
    {"sliport_status", 0, 0xe3a00001},
    {"sliport_control", 0, 0xc8400000},
    {"physdev_control", 0, 0x010000ff},
    {"sliport_eq_delay", 0, 0xffff0fff},
    {"eq_db", 0, 0xbfffffff},
    {"cq_db", 0, 0xbfffffff},
    {"wq_db", 0, 0xffffffff},
    {"rq_db", 0, 0x3fffffff},
    {"mq_db", 0, 0x3fffffff},
    {"bmbx", 0, 0xffffffff},
    {"mqe", 0, 0xffffff03},
    {"sli_config", 1, 0x000000f9},
    {"config_req_hdr", 3, 0xffff00ff},
    {"config_rsp_hdr", 0, 0xff00ffff},
    {"config_rsp_hdr", 1, 0x00ffffff},
    {"mbx_read_config", 1, 0xd8000000},
    {"mbx_read_config", 2, 0xfff0f1ff},
    {"mbx_read_config", 4, 0x0000ffff},
    {"mbx_read_config", 6, 0xffffffff},
    {"mbx_read_config", 8, 0x00000fff},
    {"mbx_read_config", 9, 0x0000ffff},
    {"mbx_read_config", 16, 0xffff0000},
    {"mbx_read_config", 18, 0xffffffff},
    {"mbx_read_config", 19, 0x00000000},
    {"mbx_read_rev", 1, 0x207f0000},
    {"mbx_read_rev", 4, 0x00000000},
    {"mbx_read_rev", 48, 0x00ffffff},
    {"mbx_unreg_rpi", 1, 0xe000ffff},
    {"mbx_unreg_rpi", 2, 0x00ffffff},
    {"mbx_unreg_rpi", 6, 0x0000ffff},
    {"mbx_dump", 1, 0xff00007f},
    {"mbx_reg_rpi", 1, 0x0000ffff},
    {"mbx_reg_rpi", 2, 0xa9ffffff},
    {"mbx_reg_rpi", 6, 0x0000ffff},
    {"mbx_reg_vpi", 2, 0x01ffffff},
    {"mbx_reg_vpi", 6, 0xffffffff},
    {"mbx_unreg_vpi", 2, 0xc000ffff},
    {"mbx_init_vpi", 1, 0xffffffff},
    {"mbx_init_vfi", 1, 0xf000ffff},
    {"mbx_init_vfi", 3, 0x0000ffff},
    {"mbx_init_vfi", 4, 0xff000000},
    {"mbx_reg_vfi", 1, 0x3000ffff},
    {"mbx_reg_vfi", 10, 0xf8ffffff},
    {"mbx_unreg_vfi", 2, 0xc000ffff},
    {"mbx_unreg_fcfi", 2, 0x0000ffff},
    {"mbx_resume_rpi", 1, 0xc000ffff},
    {"mbx_read_topology", 2, 0x00001bff},
    {"mbx_read_topology", 3, 0xffffffff},
    {"mbx_read_topology", 7, 0xc000ffff},
    {"mbx_read_topology", 8, 0xc000ffff},
    {"mbx_read_topology", 10, 0xfffff1ff},
    {"mbx_read_topology", 12, 0x00ffffff},
    {"mbx_reg_fcfi", 8, 0x00007fff},
    {"mbx_reg_fcfi_mrq", 8, 0xffffbfff},
    {"mbx_reg_fcfi_mrq", 9, 0x0000ffff},
    {"mbx_init_link", 1, 0x000000ff},
    {"mbx_init_link", 2, 0xff00ffff},
    {"mbx_config_link", 1, 0xffff00ff},
    {"mbx_config_link", 3, 0x00000000},
    {"mbx_config_link", 10, 0x00001f00},
    {"mbx_config_link", 11, 0xc0000001},
    {"mbx_read_status", 1, 0x80000001},
    {"mbx_read_status", 2, 0x00000000},
    {"mbx_read_status", 17, 0x003fffff},
    {"mbx_read_lnk_stat", 1, 0xe0ffffff},
    {"mbx_read_lnk_stat", 19, 0x00000000},
    {"mbx_read_lnk_stat", 20, 0x00000000},
    {"mbx_read_lnk_stat", 23, 0xffffffff},
    {"mbx_read_nv", 4, 0x00000000},
    {"mbx_read_nv", 30, 0xffffffff},
    {"get_sli4_params_rsp", 1, 0x1ffffff1},
    {"get_sli4_params_rsp", 2, 0x8fffcf0f},
    {"get_sli4_params_rsp", 4, 0x80ffc000},
    {"get_sli4_params_rsp", 6, 0x0000c000},
    {"get_sli4_params_rsp", 8, 0x00ffcf0f},
    {"get_sli4_params_rsp", 10, 0x0000c000},
    {"get_sli4_params_rsp", 11, 0xf0000000},
    {"get_sli4_params_rsp", 12, 0xfeffffff},
    {"get_sli4_params_rsp", 14, 0x00ffff0f},
    {"get_sli4_params_rsp", 19, 0x0010375b},
    {"get_sli4_params_rsp", 21, 0xff00ffff},
    {"get_sli4_params_rsp", 23, 0x00000000},
    {"fc_desc", 0, 0x0000ffff},
    {"fc_desc", 1, 0x07ff00ff},
    {"fc_desc", 6, 0x00000000},
    {"fc_desc", 13, 0xffff03ff},
    {"get_port_name_req", 0, 0x00000003},
    {"write_object_req", 0, 0xe0ffffff},
    {"write_object_rsp", 1, 0x000001ff},
    {"read_object_rsp", 1, 0x80000000},
    {"reg_congestion_buf_req", 0, 0x00ff00ff},
    {"link_diag_state_req", 0, 0x00ff0005},
    {"link_diag_loopback_req", 0, 0x00ff0003},
    {"set_diag_log_option_req", 0, 0xffff0f01},
    {"eq_create_req", 1, 0xb0000000},
    {"eq_create_req", 2, 0x9c000000},
    {"eq_create_req", 3, 0x007fe000},
    {"eq_create_req", 4, 0x00000000},
    {"cq_create_req", 0, 0x00ffffff},
    {"cq_create_req", 1, 0xb800f000},
    {"cq_create_req", 2, 0x8000ffff},
    {"cq_create_req", 3, 0x0000ffff},
    {"cq_create_v0_req", 0, 0x0000ffff},
    {"cq_create_v0_req", 1, 0xb8000000},
    {"cq_create_v0_req", 2, 0x3fc00000},
    {"mq_create_ext_req", 2, 0xffcfffff},
    {"mq_create_ext_req", 3, 0x80000000},
    {"mq_create_ext_req", 4, 0x000007ff},
    {"mq_create_ext_req", 5, 0x00000000},
    {"mq_create_req", 1, 0xffcf0000},
    {"mq_create_req", 2, 0x80000000},
    {"wq_create_req", 0, 0xffff01ff},
    {"wq_create_req", 1, 0xffffefff},
    {"wq_create_req", 2, 0x00000000},
    {"wq_create_v0_req", 9, 0x0000ff01},
    {"wq_create_rsp", 0, 0x8000ffff},
    {"wq_create_rsp", 1, 0x0000000f},
    {"wq_create_rsp", 3, 0x001f000f},
    {"rq_create_req", 0, 0xe003ffff},
    {"rq_create_req", 1, 0xffff0fff},
    {"rq_create_req", 3, 0xffff0000},
    {"rq_create_v0_req", 0, 0xff03ffff},
    {"rq_create_v0_req", 1, 0x000f0000},
    {"wcqe", 3, 0x9fffffff},
    {"nvme_ersp", 3, 0x9fffffff},
    {"xri_aborted", 0, 0x0000ff00},
    {"xri_aborted", 3, 0xf0ff0000},
    {"rcqe", 0, 0x8fffff00},
    {"rcqe", 1, 0x0000003f},
    {"rcqe", 3, 0xdfffffff},
    {"rcqe_v0", 0, 0x0fffff00},
    {"rcqe_v0", 2, 0xffffffff},
    {"mcqe", 3, 0xf8000000},
    {"acqe", 3, 0xc0ffff00},
    {"acqe_fc_link", 1, 0xffff7fff},
    {"sge", 2, 0xffffffff},
    {"wqe", 7, 0xffffff7f},
    {"els_request", 4, 0x03ffffff},
    {"els_request", 11, 0xffff00ff},
    {"els_request", 12, 0x0000fffe},
    {"els_request", 13, 0xff000000},
    {"els_rsp", 4, 0x01ffffff},
    {"els_rsp", 12, 0x0000ffff},
    {"gen_request", 5, 0xffffffcc},
    {"xmit_sequence", 3, 0x00ffffff},
    {"xmit_sequence", 5, 0xffffffcc},
    {"bls_rsp", 5, 0xf0ffffff},
    {"bls_rsp", 4, 0x00ffffff},
    {"fcp_iread", 11, 0xffff00ef},
    {"fcp_icmnd", 11, 0xffff00cf},
    {"abort_xri", 3, 0x0000ff03},
    {"send_frame", 9, 0xffffffff},
};

Test(fields, every_word_has_the_bits_that_the_reference_gives_it)
{
    for (size_t i = 0; i < sizeof meaningful / sizeof meaningful[0]; i++) {
        const struct sli4_entry_info *entry = sli4_entry_find(meaningful[i].entry);
        uint32_t used[SLI4_ENTRY_WORDS_MAX];

        cr_assert_not_null(entry, "%s", meaningful[i].entry);
        cr_assert_lt(meaningful[i].word, entry->words);
        sli4_entry_used_bits(entry, used);
        cr_expect_eq(used[meaningful[i].word], meaningful[i].used, "%s word %u: %08x, not %08x", entry->name,
                     meaningful[i].word, used[meaningful[i].word], meaningful[i].used);
    }
}

Test(wire, entries_have_the_sizes_of_the_interface)
{
    cr_assert_eq(sizeof(struct sli4_eqe), 4);
    cr_assert_eq(sizeof(struct sli4_cqe), 16);
    cr_assert_eq(sizeof(struct sli4_mqe), 256);
    cr_assert_eq(sizeof(struct sli4_wqe), 128);
    cr_assert_eq(sizeof(struct sli4_rqe), 8);
    cr_assert_eq(sizeof(struct sli4_sge), 16);
    cr_assert_eq(sizeof(struct sli4_bde), 12);
    cr_assert_eq(sizeof(struct sli4_config_req_hdr), 16);
    cr_assert_eq(sizeof(struct sli4_cntl_attributes_rsp), 540);     /* sli4-port.md 5.4: 556 with header */
    cr_assert_eq(sizeof(struct sli4_get_sli4_params_rsp), 112);
    cr_assert_eq(sizeof(struct sli4_query_fw_config_rsp), 156);
    cr_assert_eq(sizeof(struct sli4_eq_create_req), 84);
    cr_assert_eq(sizeof(struct sli4_mq_create_ext_req), 88);
    cr_assert_eq(sizeof(struct sli4_modify_eq_delay_req), 100);
    cr_assert_eq(sizeof(struct sli4_set_features), 28);
    cr_assert_eq(sizeof(struct sli4_set_host_data_req), 56);
    cr_assert_eq(sizeof(struct sli4_get_function_config_rsp), 180);
    cr_assert_eq(sizeof(struct sli4_read_object_req), 164);
}

Test(wire, memory_is_little_endian)
{
    struct sli4_sge sge = {{0}};
    static const uint8_t expected[16] = {0x01, 0, 0, 0, 0x40, 0, 0, 0x80, 0, 0x20, 0, 0x80, 0, 0x10, 0, 0};

    sli4_set_sge_addr_hi(&sge, 1);
    sli4_set_sge_addr_lo(&sge, 0x80000040);
    sli4_set_sge_offset(&sge, 0x2000);
    sli4_set_sge_last(&sge, 1);
    sli4_set_sge_length(&sge, 0x1000);
    cr_assert_arr_eq(&sge, expected, sizeof expected);
}

Test(wire, setting_a_field_leaves_its_neighbours)
{
    struct sli4_wqe wqe;

    memset(&wqe, 0xff, sizeof wqe);
    sli4_set_wqe_cmnd(&wqe, 0);
    cr_assert_eq(wqe.word[7], 0xffff00ff);
    sli4_set_wqe_lenloc(&wqe, 0);
    cr_assert_eq(wqe.word[10], 0xfffffe7f);
    cr_assert_eq(sli4_wqe_cmnd(&wqe), 0);
    cr_assert_eq(sli4_wqe_class(&wqe), 7);
}

Test(wire, a_value_that_does_not_fit_its_field_is_a_bug, .signal = SIGABRT)
{
    struct sli4_wqe wqe = {{0}};

    sli4_set_wqe_class(&wqe, 8);
}

Test(wire, an_array_has_no_element_behind_its_last, .signal = SIGABRT)
{
    struct sli4_eq_create_req req = {{0}};

    sli4_set_eq_create_req_page_lo(&req, 8, 0);
}

Test(wire, a_32_bit_field_takes_every_value)
{
    struct sli4_wqe wqe = {{0}};

    sli4_set_wqe_abort_tag(&wqe, 0xffffffff);
    cr_assert_eq(wqe.word[8], 0xffffffff);
}

Test(wire, elements_of_an_array_lie_where_the_reference_says)
{
    struct sli4_mqe mqe = {{0}};
    struct sli4_eq_create_req eq = {{0}};
    struct sli4_alloc_rsrc_extent_rsp extents = {{0}};

    sli4_set_eq_create_req_page_hi(&eq, 7, 0x55);
    cr_assert_eq(eq.word[20], 0x55);
    sli4_set_alloc_rsrc_extent_rsp_id(&extents, 3, 0x1234);
    cr_assert_eq(extents.word[2], 0x12340000);
    sli4_set_sli_config_sge_length(&mqe, 18, 7);                    /* w6 + 3 * 18 + 2 */
    cr_assert_eq(mqe.word[62], 7);
    sli4_set_mbx_reg_fcfi_type_match(&mqe, 3, 0x28);
    cr_assert_eq(mqe.word[7], 0x28000000);
    sli4_set_mbx_read_nv_wwpn(&mqe, 5, 0xab);
    cr_assert_eq(mqe.word[6] & 0xffff, 0xab00);
}

/* The bytes of GET_CNTL_ATTRIBUTES are given as offsets in the buffer, header included. */
Test(wire, controller_attributes_lie_at_their_byte_offsets)
{
    struct sli4_cntl_attributes_rsp rsp = {{0}};
    const uint8_t *byte = (const uint8_t *)&rsp - 16;

    sli4_set_cntl_attributes_rsp_model(&rsp, 0, 'M');
    cr_assert_eq(byte[112], 'M');
    sli4_set_cntl_attributes_rsp_serial(&rsp, 31, 'S');
    cr_assert_eq(byte[208 + 31], 'S');
    sli4_set_cntl_attributes_rsp_fw_version(&rsp, 0, 'F');
    cr_assert_eq(byte[272], 'F');
    sli4_set_cntl_attributes_rsp_guid(&rsp, 0, 1);
    cr_assert_eq(byte[439], 1);
    sli4_set_cntl_attributes_rsp_guid(&rsp, 15, 2);
    cr_assert_eq(byte[454], 2);
    sli4_set_cntl_attributes_rsp_port_count(&rsp, 3);
    cr_assert_eq(byte[455], 3);
    sli4_set_cntl_attributes_rsp_link_type(&rsp, 1);
    cr_assert_eq(byte[463], 0x40);
    sli4_set_cntl_attributes_rsp_device_id(&rsp, 0xe300);
    cr_assert_eq(byte[519], 0xe3);
    sli4_set_cntl_attributes_rsp_netfilters(&rsp, 9);
    cr_assert_eq(byte[536], 9);
}

Test(wire, an_e300_port_answers_read_config_as_suggested)
{
    struct sli4_mqe mqe = {{0}};

    /* sli4-port.md 5.3: link type 1, ldv, topology 2; E_D_TOV 2000; lmt 0x0680; 1024 XRIs from 0. */
    mqe.word[2] = 0x02000140;
    mqe.word[4] = 2000;
    mqe.word[9] = 0x0680;
    mqe.word[12] = 0x04000000;
    mqe.word[16] = 0x00010000;
    mqe.word[17] = 0x00400002;
    mqe.word[18] = 0x00410042;
    cr_assert_eq(sli4_mbx_read_config_link_type(&mqe), 1);
    cr_assert_eq(sli4_mbx_read_config_ldv(&mqe), 1);
    cr_assert_eq(sli4_mbx_read_config_topology(&mqe), 2);
    cr_assert_eq(sli4_mbx_read_config_e_d_tov(&mqe), 2000);
    cr_assert_eq(sli4_mbx_read_config_lmt(&mqe), SLI4_LMT_32G | SLI4_LMT_16G | SLI4_LMT_8G);
    cr_assert_eq(sli4_mbx_read_config_xri_count(&mqe), 1024);
    cr_assert_eq(sli4_mbx_read_config_fcfi_count(&mqe), 1);
    cr_assert_eq(sli4_mbx_read_config_eq_count(&mqe), 64);
    cr_assert_eq(sli4_mbx_read_config_rq_count(&mqe), 2);
    cr_assert_eq(sli4_mbx_read_config_wq_count(&mqe), 0x42);
    cr_assert_eq(sli4_mbx_read_config_cq_count(&mqe), 0x41);
}

Test(wire, sli4_parameters_are_read_from_their_words)
{
    struct sli4_get_sli4_params_rsp rsp = {{0}};

    rsp.word[1] = 0x00002c40;      /* mirrors SLI_INTF */
    rsp.word[4] = 0x00058000;      /* cqv 2, 4 K and 16 K pages */
    rsp.word[6] = 0x00004000;      /* mqv 1 */
    rsp.word[8] = 0x00054308;      /* 8 pages, 64 and 128 bytes, wqv 1 */
    rsp.word[13] = 0x80000000;
    rsp.word[14] = 0x00000102;
    rsp.word[19] = 0x00000219;     /* ext_embed_cb, nvme, xib, nosr */
    cr_assert_eq(sli4_get_sli4_params_rsp_sli_family(&rsp), SLI4_FAMILY_G6);
    cr_assert_eq(sli4_get_sli4_params_rsp_if_type(&rsp), 2);
    cr_assert_eq(sli4_get_sli4_params_rsp_cqv(&rsp), 2);
    cr_assert_eq(sli4_get_sli4_params_rsp_cq_page_size(&rsp), 5);
    cr_assert_eq(sli4_get_sli4_params_rsp_mqv(&rsp), 1);
    cr_assert_eq(sli4_get_sli4_params_rsp_wqpcnt(&rsp), 8);
    cr_assert_eq(sli4_get_sli4_params_rsp_wqe_size(&rsp), 3);
    cr_assert_eq(sli4_get_sli4_params_rsp_wqv(&rsp), 1);
    cr_assert_eq(sli4_get_sli4_params_rsp_wq_page_size(&rsp), 5);
    cr_assert_eq(sli4_get_sli4_params_rsp_max_sge_length(&rsp), 0x80000000);
    cr_assert_eq(sli4_get_sli4_params_rsp_sgl_page_cnt(&rsp), 2);
    cr_assert_eq(sli4_get_sli4_params_rsp_sgl_page_size(&rsp), 1);
    cr_assert(sli4_get_sli4_params_rsp_ext_embed_cb(&rsp));
    cr_assert(sli4_get_sli4_params_rsp_nvme(&rsp));
    cr_assert(sli4_get_sli4_params_rsp_xib(&rsp));
    cr_assert(sli4_get_sli4_params_rsp_nosr(&rsp));
    cr_assert_not(sli4_get_sli4_params_rsp_pbde(&rsp));
}

Test(wire, a_link_up_topology_is_read_from_its_words)
{
    struct sli4_mqe mqe = {{0}};

    /* sli4-port.md 9.1 row 21 */
    mqe.word[1] = 5;
    mqe.word[2] = 1;
    mqe.word[3] = 1;
    mqe.word[8] = 0xc0009000;
    cr_assert_eq(sli4_mbx_read_topology_event_tag(&mqe), 5);
    cr_assert_eq(sli4_mbx_read_topology_attention_type(&mqe), SLI4_LINK_ATT_UP);
    cr_assert_eq(sli4_mbx_read_topology_topology(&mqe), SLI4_TOPO_PT2PT);
    cr_assert_eq(sli4_mbx_read_topology_speed(&mqe), SLI4_TOPO_SPEED_32G);
    cr_assert(sli4_mbx_read_topology_lu(&mqe));
    cr_assert(sli4_mbx_read_topology_tf(&mqe));
}
