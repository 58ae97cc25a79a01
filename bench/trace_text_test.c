/* SPDX-License-Identifier: BSD-2-Clause */
/* Events in words: completion queue entries, whose layout depends on the queue. */
#include <criterion/criterion.h>
#include "bench/trace_text.h"

static char words[160];

static const char *label_of(const uint8_t cqe[16], uint32_t tag)
{
    struct trace_event e = {.type = TRACE_CQE_TAKE, .tag = tag, .data = cqe, .data_bytes = 16};

    event_label(&e, words, sizeof words);
    return words;
}

/* sli4-port.md 6.5: word 3 has valid (31), async (30), completed (28), consumed (27); event code in bits 8 to 15. */
Test(trace_text, a_mailbox_completion_is_told_from_an_asynchronous_event)
{
    static const uint8_t done[16] = {[15] = 0x98};
    static const uint8_t link_up[16] = {0x40, 1,    1, 0x20,        0,        0,
                                        0x80, 0x0c, 1, [13] = 0x10, [14] = 1, [15] = 0xc0};

    cr_assert_str_eq(label_of(done, TRACE_NO_ID), "CQE mailbox command done");
    cr_assert_str_eq(label_of(link_up, TRACE_NO_ID), "CQE async event, FC");
}

/* sli4-port.md 6.3: status in word 0 from bit 8, request tag in its upper half, code in word 3 from bit 16. */
Test(trace_text, a_completion_of_a_request_has_its_tag)
{
    static const uint8_t failed[16] = {[1] = 3, [2] = 0xa5, [3] = 1, [8] = 0x16, [14] = 1, [15] = 0x90};

    cr_assert_str_eq(label_of(failed, 0x1a5), "CQE tag 0x01a5 ABORT_REQUESTED XB");
}
