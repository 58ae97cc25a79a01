-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An ABTS without answer is sent once more, then given up; the host logs in again and " ..
               "I/O goes on",
  references = { "sli4-io.md 5.4, 5.7, 8.6", "fc-wire.md 6.1" },
  covers     = { "ABTS-04" },
  needs      = { "fault.target", "probe.frame", "probe.cqe" },
  status     = "FYI",
  discussion = "The answer time-out (2 x R_A_TOV) and the single retry are inferred.",
  run = function(t)
    local ctrl = t:connect()
    t.target:hold { opcode = "read", count = 1 }
    local deaf = t.target:no_ba()
    local io = ctrl:read { lba = 0, blocks = 8, timeout_ms = 100000 }
    t:wait_us(50)
    local xri = io.xri
    t:mark()
    io:abort()
    t:expect_frame { from = "hba", type = "ABTS", ox_id = xri, within_us = 20 }
    t:expect_no_frame { from = "hba", type = "ABTS", ox_id = xri, for_us = 19900000 }
    t:expect(not io.done, "the command is kept while the exchange may live")
    t:expect_frame { from = "hba", type = "ABTS", ox_id = xri, within_us = 20100000 }
    t:expect_cqe   { code = "XRI_ABORTED", xri = xri, status = 3, reason = 2, within_us = 40100000 }
    t:expect_equal(io:wait { within_us = 1000 }.status, "aborted", "the read")
    deaf:release()
    t:expect_frame { from = "hba", type = "PLOGI", within_us = 50000000 }
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read afterwards")
    t:expect_equal(t:count_frames { from = "hba", type = "ABTS", ox_id = xri }, 2, "ABTS of this exchange")
  end,
}
