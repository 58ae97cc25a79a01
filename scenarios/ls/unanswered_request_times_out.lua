-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A request without answer ends at its time-out with one ABTS, and its XRI comes back",
  references = { "sli4-io.md 2.5, 5.3, 6.3", "fc-wire.md 6.1" },
  covers     = { "LS-03", "XRI-02" },
  needs      = { "fault.target", "probe.frame", "probe.cqe", "probe.wqe", "probe.model" },
  run = function(t)
    t:login { target = 1 }
    local hold = t.target:hold { ls = "disconnect_association" }
    t:mark()
    local start = t:now_us()
    local ls = t:ls { command = "disconnect", association_id = 77, timeout_s = 2 }
    t:expect_wqe { command = "GEN_REQUEST64", within_us = 10 }
    t:expect_frame { from = "hba", type = "LS", within_us = 100 }
    local result = ls:wait()
    local took = t:now_us() - start
    t:expect_equal(result.status, "timed_out", "status")
    t:expect(took >= 2000000 and took < 3000000, string.format("it ended after %.0f us", took))
    t:expect_frame { from = "hba", type = "ABTS", within_us = 3000000 }
    t:expect_frame { from = "target", type = "BA_ACC", within_us = 3000000 }
    t:expect_cqe { code = "WQE", status = 3, reason = 0x02, xb = true, within_us = 3000000 }
    t:expect_cqe { code = "XRI_ABORTED", status = 0, within_us = 3000000 }
    t:expect_equal(t:count_frames { from = "hba", type = "ABTS" }, 1, "ABTS")
    t:expect_equal(t:probe { name = "port.exchanges" }, 0, "exchanges of the port")
    hold:release()
    local next_one = t:ls { command = "disconnect", association_id = 77 }
    t:expect_equal(next_one:wait().reason, 0x40, "the next is answered")
  end,
}
