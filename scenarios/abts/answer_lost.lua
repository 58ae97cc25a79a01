-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Where BA_ACC is lost or damaged the ABTS is repeated, and the command comes back only " ..
               "after the repeat is answered; a lost ABTS is repeated as well",
  references = { "sli4-io.md 5.4, 5.7", "fc-wire.md 6.1, 6.4", "known-defects.md KD-08" },
  covers     = { "ABTS-04", "ABTS-08", "LINK-04" },
  needs      = { "fault.target", "fault.link", "probe.frame", "probe.cqe", "destroys.data" },
  status     = "FYI",
  discussion = "The answer time-out (2 x R_A_TOV) and the single repeat are inferred.",
  run = function(t)
    local ctrl = t:connect()
    local losses = { function() return t.frame:drop { type = "BA_ACC", count = 1 } end,
                     function() return t.frame:corrupt { type = "BA_ACC", count = 1 } end,
                     function() return t.frame:drop { type = "ABTS", from = "hba", count = 1 } end }
    for i, lose in ipairs(losses) do
      local hold = t.target:hold { opcode = "write", stage = "data", count = 1 }
      local io = ctrl:write { lba = 0, blocks = 8, seed = 7, timeout_ms = 100000 }
      t:wait_us(50)
      local xri, lost = io.xri, lose()
      t:mark()
      io:abort()
      t:expect_frame { from = "hba", type = "ABTS", ox_id = xri, within_us = 20 }
      t:wait_us(19000000)
      t:expect_equal(lost.hits, 1, "frames lost, case " .. i)
      t:expect(not io.done, "the command is kept while the target may still work on it")
      t:expect_no_cqe { code = "XRI_ABORTED", xri = xri }
      t:expect_frame { from = "hba", type = "ABTS", ox_id = xri, within_us = 21000000 }
      t:expect_cqe { code = "XRI_ABORTED", xri = xri, within_us = 21000000 }
      t:expect_equal(io:wait { within_us = 1000 }.status, "aborted", "the write")
      t:expect_equal(t:count_frames { from = "hba", type = "ABTS", ox_id = xri }, 2, "ABTS of this exchange")
      hold:release()
    end
    t:expect_equal(ctrl.state, "live", "the controller")
    t:expect_equal(ctrl:write { lba = 0, blocks = 8, seed = 8 }:wait().status, "ok", "a write afterwards")
    local r = ctrl:read { lba = 0, blocks = 8 }
    t:expect_equal(r:wait().status, "ok", "a read")
    t:expect(r:matches { seed = 8 }, "its data is that of the write that was not aborted")
  end,
}
