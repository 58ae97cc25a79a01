/* SPDX-License-Identifier: BSD-2-Clause */
/* How a request goes to the port: the inline core of lpfc_sli4_issue_wqe, for the I/O path. */
#pragma once
#include <errno.h>
#include "driver/compiler.h"
#include "driver/lpfc_hba.h"

static INLINE int lpfc_issue(const struct lpfc_hba *phba, struct lpfc_wq *wq, struct lpfc_iocbq *iocbq)
{
    if (unlikely(atomic_load_explicit(&phba->flushing, memory_order_relaxed)))
        return -ENODEV;
    iocbq->wq = wq;
    iocbq->state = LPFC_IOCB_ISSUED; /* before the doorbell: it may complete at once */
    if (likely(sli4_wq_post(&wq->ring, &iocbq->wqe) == 0))
        return 0;
    iocbq->state = LPFC_IOCB_IDLE;
    return -EBUSY;
}
