/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests to the name server: the CT header on the way out and on the way back (fc-wire.md 4.1). */
#include <errno.h>
#include <string.h>
#include "driver/lpfc_disc.h"

int lpfc_ct_request(struct lpfc_vport *vport, struct lpfc_nodelist *ns, uint16_t command, const void *body,
                    unsigned bytes, lpfc_els_done done, uintptr_t context)
{
    uint8_t payload[LPFC_ELS_REQ_BYTES] = {FC_CT_REVISION};

    assert(bytes <= sizeof payload - FC_CT_HEADER_BYTES);
    payload[FC_CT_GS_TYPE_AT] = FC_GS_DIRECTORY;
    payload[FC_CT_GS_SUBTYPE_AT] = FC_GS_NAME_SERVER;
    put_be16(payload + FC_CT_COMMAND_AT, command);
    memcpy(payload + FC_CT_BODY_AT, body, bytes);
    return lpfc_els_ct(vport, ns, payload, FC_CT_HEADER_BYTES + bytes, done, context);
}

void lpfc_ct_parse(struct lpfc_els_answer *answer)
{
    const uint8_t *header = answer->payload;

    if (answer->status && answer->status != -EMSGSIZE)
        return;
    if (answer->bytes < FC_CT_HEADER_BYTES) {
        answer->status = -EIO;
        answer->bytes = 0;
        return;
    }
    answer->payload += FC_CT_HEADER_BYTES;
    answer->bytes -= FC_CT_HEADER_BYTES;
    if (get_be16(header + FC_CT_COMMAND_AT) == FC_CT_REJECT) {
        answer->status = -EPERM;
        answer->reason = header[FC_CT_REASON_AT];
        answer->explanation = header[FC_CT_EXPLANATION_AT];
    } else if (get_be16(header + FC_CT_COMMAND_AT) != FC_CT_ACCEPT) {
        answer->status = -EIO;
    } else if (get_be16(header + FC_CT_SIZE_AT)) {
        answer->status = -EMSGSIZE;               /* the server had more than fits */
    }
}
