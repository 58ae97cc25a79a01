-- SPDX-License-Identifier: BSD-2-Clause
local LOCAL_REJECT, ABORT_REQUESTED = 3, 0x16

scenario {
  purpose    = "The abort of an Async Event Request, as the host sees it: one ABORT_XRI, one completion with " ..
               "the exchange busy, one XRI_ABORTED; the association stays",
  references = { "sli4-io.md 2.9, 5.4" },
  covers     = { "ABTS-02", "XRI-02" },
  needs      = { "probe.cqe", "probe.wqe" },
  discussion = "Needs no fault and no trace of frames: any target keeps an event request.",
  run = function(t)
    local ctrl = t:connect()
    local connects = ctrl:info().connects
    local request = ctrl:async_event()
    t:wait_us(1000)
    t:expect(not request.done, "the target keeps the request")
    local xri = request.xri
    t:mark()
    t:expect_equal(request:abort(), "0", "the abort is taken")
    t:expect_wqe { command = "ABORT_XRI", abort_tag = xri, ia = 0 }
    t:expect_cqe { code = "WQE", status = LOCAL_REJECT, reason = ABORT_REQUESTED, xb = 1 }
    t:expect_cqe { code = "XRI_ABORTED", xri = xri, status = 0 }
    t:expect_equal(request:wait { within_us = 1000000 }.status, "aborted", "the request")
    t:expect_equal(t:count_wqes { command = "ABORT_XRI" }, 1, "aborts posted")
    t:expect_equal(t:count_cqes { code = "XRI_ABORTED" }, 1, "XRI_ABORTED entries")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read afterwards")
    t:expect_equal(ctrl:info().connects, connects, "associations made")
  end,
}
