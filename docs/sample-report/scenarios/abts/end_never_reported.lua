-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Sample of a failure: a port that does not report the end of an aborted exchange in time",
  references = { "sli4-io.md 5.1, 5.4" },
  covers     = { "ABTS-01", "ABTS-08" },
  discussion = "An expectation is not met; the history of the exchange tells how far it got.",
  needs      = { "fault.port", "fault.target", "probe.frame", "probe.cqe" },
  run = function(t)
    local ctrl = t:connect()
    t.target:hold { opcode = "read", count = 1 }
    local withheld = t.xa:withhold { count = 1 }
    local read = ctrl:read { lba = 0, blocks = 8 }
    t:wait_us(50)
    t:mark()
    read:abort()
    t:expect_frame { from = "hba", type = "ABTS", ox_id = read.xri, within_us = 20 }
    t:expect_frame { from = "target", type = "BA_ACC", ox_id = read.xri, within_us = 100 }
    t:expect_cqe { code = "XRI_ABORTED", xri = read.xri, within_us = 1000 }
    withheld:release()
    t:expect_equal(read:wait().status, "aborted", "the read")
  end,
}
