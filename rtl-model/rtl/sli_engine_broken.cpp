// SPDX-License-Identifier: BSD-2-Clause
// The queue engine with a CQ writer that overwrites what is not read (BUG_OVERWRITES), under the product's name: a test
// links it before the archives, so that a whole run has an engine that is wrong.
#include "Vsli_cq_writer_broken.h"
#include "Vsli_doorbell.h"
#include "Vsli_eq_coalesce.h"
#include "Vsli_wq_arbiter.h"
#include "Vsli_wq_ring.h"
#include "Vsli_xri_table.h"
#include "rtl-model/rtl/sli_engine.h"
#include "rtl-model/rtl/sli_engine_of.h"

namespace {

struct blocks {
    using decoder = Vsli_doorbell;
    using ring = Vsli_wq_ring;
    using arbiter = Vsli_wq_arbiter;
    using writer = Vsli_cq_writer_broken;
    using teller = Vsli_eq_coalesce;
    using xris = Vsli_xri_table;
};

} // namespace

std::unique_ptr<queue_engine> make_rtl_engine(const port_resources &resources)
{
    return std::make_unique<rtl_engine<blocks>>(resources);
}
