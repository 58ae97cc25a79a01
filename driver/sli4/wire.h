/* SPDX-License-Identifier: BSD-2-Clause */
/* Accessors for every row of fields.def (C11 and C++17).
 *
 *   struct sli4_<entry>                        the words in memory, little-endian
 *   sli4_<entry>_<field>(p)                    reads a field
 *   sli4_set_<entry>_<field>(p, v)             writes it; a value that does not fit is a bug and asserts
 *   sli4_<entry>_<array>(p, i)                 the same for element i of an ARRAY
 * sli4_<register>_of(u32), _value(&reg)      a register's value as read or written, in host order
 *
 * A VIEW has no structure of its own: its accessors take the base, so one `struct sli4_wqe *` serves both
 * sli4_set_wqe_xri() and sli4_set_els_request_sid(). Each compiles to a load, a shift and a mask. The
 * structures may alias raw memory: casting a word-aligned pointer into a ring or a payload is allowed. */
#pragma once
#include <assert.h>
#include <endian.h>
#include <stdint.h>

#define SLI4_MASK(n) ((uint32_t)((1ull << (n)) - 1))

static inline uint32_t sli4_bits_get(const uint32_t *word, unsigned lsb, unsigned width)
{
    return le32toh(*word) >> lsb & SLI4_MASK(width);
}

static inline void sli4_bits_set(uint32_t *word, unsigned lsb, unsigned width, uint32_t v)
{
    assert(v <= SLI4_MASK(width));
    *word = htole32((le32toh(*word) & ~(SLI4_MASK(width) << lsb)) | v << lsb);
}

/* First pass: the structures. sli4_<entry>_t is what an accessor takes; for a view it is the base's
 * structure. */
#define ENTRY(name, words, text) \
    struct __attribute__((may_alias)) sli4_##name { \
        uint32_t word[words]; \
    }; \
    typedef struct sli4_##name sli4_##name##_t; \
    static_assert(sizeof(struct sli4_##name) == 4 * (words), #name);
#define REGISTER(name, text) \
    ENTRY(name, 1, text) \
    static inline struct sli4_##name sli4_##name##_of(uint32_t value) \
    { \
        struct sli4_##name reg = {{htole32(value)}}; \
        return reg; \
    } \
    static inline uint32_t sli4_##name##_value(const struct sli4_##name *reg) \
    { \
        return le32toh(reg->word[0]); \
    }
#define VIEW(name, base, inherits, text) typedef sli4_##base##_t sli4_##name##_t;
#define FIELD(e, f, w, l, n, text)
#define OVERLAY(e, f, w, l, n, text)
#define ARRAY(e, f, w, l, n, stride, count, text)
#include "driver/sli4/fields.def"
#undef ENTRY
#undef REGISTER
#undef VIEW
#undef FIELD
#undef OVERLAY
#undef ARRAY

/* Second pass: the accessors. */
#define ENTRY(name, words, text)
#define REGISTER(name, text)
#define VIEW(name, base, inherits, text)
#define FIELD(e, f, w, l, n, text) \
    static_assert((w) < sizeof(sli4_##e##_t) / 4 && (n) > 0 && (l) + (n) <= 32, #e "." #f); \
    static inline uint32_t sli4_##e##_##f(const sli4_##e##_t *p) \
    { \
        return sli4_bits_get(&p->word[w], l, n); \
    } \
    static inline void sli4_set_##e##_##f(sli4_##e##_t *p, uint32_t v) \
    { \
        sli4_bits_set(&p->word[w], l, n, v); \
    }
#define OVERLAY(e, f, w, l, n, text) FIELD(e, f, w, l, n, text)
#define ARRAY(e, f, w, l, n, stride, count, text) \
    static_assert((w) + ((l) + ((count) - 1) * (stride)) / 32 < sizeof(sli4_##e##_t) / 4, #e "." #f); \
    static_assert((n) > 0 && (l) % 32 + (n) <= 32 && (stride) >= (n), #e "." #f); \
    static inline uint32_t sli4_##e##_##f(const sli4_##e##_t *p, unsigned i) \
    { \
        assert(i < (count)); \
        return sli4_bits_get(&p->word[(w) + ((l) + i * (stride)) / 32], ((l) + i * (stride)) % 32, n); \
    } \
    static inline void sli4_set_##e##_##f(sli4_##e##_t *p, unsigned i, uint32_t v) \
    { \
        assert(i < (count)); \
        sli4_bits_set(&p->word[(w) + ((l) + i * (stride)) / 32], ((l) + i * (stride)) % 32, n, v); \
    }
#include "driver/sli4/fields.def"
#undef ENTRY
#undef REGISTER
#undef VIEW
#undef FIELD
#undef OVERLAY
#undef ARRAY

/* The parts of an embedded SLI_CONFIG command inside its MQE (sli4-port.md 4.2). */
enum { SLI4_CONFIG_HDR_WORD = 6, SLI4_CONFIG_PAYLOAD_WORD = 10 };

static inline struct sli4_config_req_hdr *sli4_mqe_config_req(struct sli4_mqe *mqe)
{
    return (struct sli4_config_req_hdr *)&mqe->word[SLI4_CONFIG_HDR_WORD];
}

static inline struct sli4_config_rsp_hdr *sli4_mqe_config_rsp(struct sli4_mqe *mqe)
{
    return (struct sli4_config_rsp_hdr *)&mqe->word[SLI4_CONFIG_HDR_WORD];
}

/* Payload word p0; cast it to the command's structure. */
static inline void *sli4_mqe_payload(struct sli4_mqe *mqe)
{
    return &mqe->word[SLI4_CONFIG_PAYLOAD_WORD];
}
