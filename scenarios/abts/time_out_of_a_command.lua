-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A command whose response is lost is aborted when its time is over, and the abort is " ..
               "rejected: the target has ended it; the controller recovers and data is right",
  references = { "fc-wire.md 5.3, 6.1", "sli4-io.md 8.8" },
  covers     = { "ABTS-05", "ABTS-12" },
  needs      = { "fault.target", "probe.frame", "destroys.data" },
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 1000 }
    t:expect_equal(ctrl:write { lba = 0, blocks = 8, seed = 5 }:wait().status, "ok", "write")
    local lost = t.target:drop { opcode = "read", qid = 1, count = 1 }
    local io = ctrl:read { lba = 0, blocks = 8, timeout_ms = 3000 }
    local start, xri = t:now_us(), io.xri
    t:mark()
    local status = io:wait { within_us = 60000000 }.status
    t:expect_equal(lost.hits, 1, "responses lost")
    t:expect(status ~= "ok", "the read ends: " .. status)
    t:expect_frame { from = "hba", type = "ABTS", ox_id = xri, within_us = 10000000 }
    t:expect_frame { from = "target", type = "BA_RJT", ox_id = xri, within_us = 10000000 }
    t:expect(t:now_us() - start >= 3000000, "not before its time")
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives")
    local again = ctrl:read { lba = 0, blocks = 8 }
    t:expect_equal(again:wait().status, "ok", "the read again")
    t:expect(again:matches { seed = 5 }, "its data")
  end,
}
