/* SPDX-License-Identifier: BSD-2-Clause */
/* The numbers of codes.h in words, for logs, trace and reports. Static strings, never NULL: an unknown number
 * gives "unknown". Safe from any context. */
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

const char *sli4_mbx_name(uint8_t command); /* "READ_CONFIG" */
const char *sli4_config_op_name(uint8_t subsystem, uint8_t opcode); /* "EQ_CREATE" */
const char *sli4_mqe_status_name(uint16_t status); /* sli4-port.md 4.7 */
const char *sli4_mcqe_status_name(uint16_t status); /* sli4-port.md 4.8 */
const char *sli4_cfg_status_name(uint8_t status); /* sli4-port.md 4.6 */
const char *sli4_wqe_cmnd_name(uint8_t cmnd); /* "FCP_IREAD64" */
const char *sli4_cqe_code_name(uint8_t code); /* "NVME_ERSP" */
const char *sli4_status_name(uint8_t status); /* "LOCAL_REJECT" */
const char *sli4_reason_name(uint32_t reason); /* "ABORT_REQUESTED" */
const char *sli4_acqe_name(uint8_t event_code); /* "FC" */

#ifdef __cplusplus
}
#endif
