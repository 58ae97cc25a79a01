// SPDX-License-Identifier: BSD-2-Clause
// The queue engine of a port in RTL: sli_*.sv behind the interface of queue_engine.h.
//
// Contexts of queues and exchanges lie in memories inside the blocks. A block gets a clock cycle when there is an
// operation for it, and none else; timers are due at times of a clock that the port reads, so nothing has to
// count while it waits.
#pragma once
#include <memory>
#include "rtl-model/port/queue_engine.h"

enum : unsigned { RTL_ENGINE_QUEUES = 128, RTL_ENGINE_XRIS = 2048 }; // of each kind, at most

// Throws std::invalid_argument if the port has more queues or XRIs than that.
std::unique_ptr<queue_engine> make_rtl_engine(const port_resources &resources);
