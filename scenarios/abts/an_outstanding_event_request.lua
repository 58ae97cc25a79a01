-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "The abort of an Async Event Request sends one ABTS and ends that command only; the " ..
               "association stays",
  references = { "sli4-io.md 2.9, 5.4, 8.6", "fc-wire.md 6.1, 6.4" },
  covers     = { "ABTS-01", "ABTS-02", "XRI-02" },
  needs      = { "probe.frame", "probe.cqe", "probe.wqe", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    local connects = ctrl:info().connects
    local request = ctrl:async_event()
    t:wait_us(100)
    t:expect(not request.done, "the target keeps the request")
    local xri = request.xri
    t:mark()
    t:expect_equal(request:abort(), "0", "the abort is taken")
    t:expect_wqe   { command = "ABORT_XRI", abort_tag = xri, ia = 0, within_us = 10 }
    t:expect_frame { from = "hba", type = "ABTS", ox_id = xri, parameter = 0, within_us = 20 }
    t:expect_frame { from = "target", type = "BA_ACC", ox_id = xri, within_us = 100 }
    t:expect_cqe   { code = "WQE", status = 3, reason = 0x16, xb = 1, within_us = 1000 }
    t:expect_cqe   { code = "XRI_ABORTED", xri = xri, status = 0, br = 0, within_us = 1000 }
    t:expect_equal(request:wait { within_us = 1000 }.status, "aborted", "the request")
    t:expect_equal(t:count_frames { from = "hba", type = "ABTS" }, 1, "ABTS sent")
    t:expect_equal(ctrl:write { lba = 0, blocks = 8 }:wait().status, "ok", "a write afterwards")
    t:expect_equal(ctrl.state, "live", "the controller")
    t:expect_equal(ctrl:info().connects, connects, "associations made")
  end,
}
