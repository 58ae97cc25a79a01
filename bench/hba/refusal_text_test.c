/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/hba/refusal_text.h"
#include <criterion/criterion.h>
#include <errno.h>

static void assert_text(struct lpfc_els_refusal refusal, const char *expected)
{
    char text[160];

    hba_refusal_text(&refusal, text, sizeof text);
    cr_assert_str_eq(text, expected);
}

Test(refusal_text, names_the_request_and_both_codes_of_a_reject)
{
    assert_text(
        (struct lpfc_els_refusal){.code = 0x03, .status = -EPERM, .reason = 0x09, .explanation = 0x29},
        "PLOGI rejected: unable to perform (09), no resources (29)");
    assert_text(
        (struct lpfc_els_refusal){.code = 0x20, .status = -EPERM, .reason = 0x0b, .explanation = 0x2c},
        "PRLI rejected: command not supported (0b), request not supported (2c)");
    assert_text(
        (struct lpfc_els_refusal){.code = 0x04, .status = -EPERM, .reason = 0xee, .explanation = 0xdd},
        "FLOGI rejected: reserved reason (ee), other explanation (dd)");
}

Test(refusal_text, tells_silence_from_nonsense_and_from_an_accept_without_effect)
{
    assert_text((struct lpfc_els_refusal){.code = 0x04, .status = -ETIMEDOUT}, "FLOGI not answered");
    assert_text((struct lpfc_els_refusal){.code = 0x03, .status = -EIO},
                "PLOGI failed in the port, or its answer made no sense");
    assert_text((struct lpfc_els_refusal){.code = 0x20, .response = 3},
                "PRLI accepted without effect: initialisation not complete (3)");
}

Test(refusal_text, of_nothing_is_empty)
{
    assert_text((struct lpfc_els_refusal){.status = -EPERM, .reason = 9}, "");
}
