/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/hba/refusal_text.h"
#include <errno.h>
#include <stdio.h>
#include "driver/fc_wire.h"

static const char *request_name(uint8_t code)
{
    switch (code) {
    case FC_ELS_FLOGI:
        return "FLOGI";
    case FC_ELS_PLOGI:
        return "PLOGI";
    case FC_ELS_PRLI:
        return "PRLI";
    case FC_ELS_ADISC:
        return "ADISC";
    case FC_ELS_SCR:
        return "SCR";
    case FC_ELS_LOGO:
        return "LOGO";
    default:
        return "ELS";
    }
}

/* fc-wire.md 3.3 */
static const char *reason_name(uint8_t reason)
{
    switch (reason) {
    case FC_RJT_INVALID_COMMAND:
        return "invalid command code";
    case FC_RJT_LOGICAL_ERROR:
        return "logical error";
    case FC_RJT_BUSY:
        return "logical busy";
    case FC_RJT_PROTOCOL_ERROR:
        return "protocol error";
    case FC_RJT_UNABLE:
        return "unable to perform";
    case FC_RJT_NOT_SUPPORTED:
        return "command not supported";
    case FC_RJT_IN_PROGRESS:
        return "command already in progress";
    case FC_RJT_VENDOR:
        return "vendor specific";
    default:
        return "reserved reason";
    }
}

static const char *explanation_name(uint8_t explanation)
{
    switch (explanation) {
    case FC_RJTX_NONE:
        return "no explanation";
    case FC_RJTX_OPTIONS:
        return "service parameter options";
    case FC_RJTX_RECEIVE_SIZE:
        return "receive data field size";
    case FC_RJTX_PORT_NAME:
        return "invalid port name";
    case FC_RJTX_NODE_NAME:
        return "invalid node name";
    case FC_RJTX_COMMON_PARAMETERS:
        return "common service parameters";
    case FC_RJTX_INVALID_S_ID:
        return "invalid S_ID";
    case FC_RJTX_INVALID_XID:
        return "invalid OX_ID or RX_ID";
    case FC_RJTX_REQUEST_IN_PROGRESS:
        return "a request is in progress";
    case FC_RJTX_LOGIN_REQUIRED:
        return "login required";
    case FC_RJTX_INVALID_N_PORT_ID:
        return "invalid N_Port ID";
    case FC_RJTX_NO_RESOURCES:
        return "no resources";
    case FC_RJTX_NO_DATA:
        return "cannot give the data";
    case FC_RJTX_NOT_SUPPORTED:
        return "request not supported";
    case FC_RJTX_INVALID_LENGTH:
        return "invalid length";
    default:
        return "other explanation";
    }
}

/* fc-wire.md 3.4 */
static const char *response_name(uint8_t response)
{
    switch (response) {
    case FC_PRLI_NO_RESOURCES:
        return "no resources";
    case FC_PRLI_NOT_READY:
        return "initialisation not complete";
    case FC_PRLI_PRECONFIGURED:
        return "predefined, cannot be changed";
    case FC_PRLI_INVALID_PAGE:
        return "invalid service parameter page";
    default:
        return "no image for NVMe";
    }
}

void hba_refusal_text(const struct lpfc_els_refusal *refusal, char *text, size_t bytes)
{
    const char *request = request_name(refusal->code);

    *text = 0;
    if (!refusal->code)
        return;
    if (refusal->status == -EPERM)
        snprintf(text, bytes, "%s rejected: %s (%02x), %s (%02x)", request, reason_name(refusal->reason),
                 refusal->reason, explanation_name(refusal->explanation), refusal->explanation);
    else if (refusal->status == -ETIMEDOUT)
        snprintf(text, bytes, "%s not answered", request);
    else if (refusal->status == 0)
        snprintf(text, bytes, "%s accepted without effect: %s (%u)", request,
                 response_name(refusal->response), refusal->response);
    else
        snprintf(text, bytes, "%s failed in the port, or its answer made no sense", request);
}
