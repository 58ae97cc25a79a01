/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a port is not there, in words. */
#pragma once
#include <stddef.h>
#include "driver/lpfc_node.h"

/* "PLOGI rejected: unable to perform (09), no resources (29)". Empty: nothing was refused. Cut if it does not fit. */
void hba_refusal_text(const struct lpfc_els_refusal *refusal, char *text, size_t bytes);
