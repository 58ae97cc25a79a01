-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A second XRI_ABORTED frees nothing twice: not when the XRI is idle, nor when the next command has it",
  references = { "known-defects.md KD-10", "sli4-io.md 5.1, 6.19" },
  covers     = { "XRI-10", "XRI-01" },
  status     = "FYI",
  discussion = "The port breaks the rules here.",
  needs      = { "fault.port", "fault.target", "destroys.data" },
  setup      = { hba = { io_xris = 8, enable_rrq = 0 } },
  run = function(t)
    local ctrl = t:connect { entries = 32 }
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local ROUNDS = 16                             -- twice the pool
    t:allow { rule = "XRI-ABORTED-UNKNOWN", count = ROUNDS / 2 }
    for round = 1, ROUNDS do
      local later = round % 2 == 0 and 200000 or nil
      local hold = t.target:hold { opcode = "read", count = 1 }
      local twice = t.xa:dup { ns = later, count = 1 }
      local read = ctrl:read { lba = 0, blocks = 8 }
      t:wait_us(50)
      read:abort()
      t:expect_equal(read:wait { within_us = 1000000 }.status, "aborted", "command of round " .. round)
      hold:release()
      t:expect_equal(twice.hits, 1, "XRI_ABORTED repeated")
      if later then                               -- every XRI is out when the second one comes
        hold = t.target:hold { opcode = "write" }
        local writes = {}
        for i = 1, 6 do writes[i] = ctrl:write { lba = i, blocks = 1, seed = round } end
        t:wait_us(400)
        for i = 1, 6 do t:expect(not writes[i].done, "write " .. i .. " is out") end
        hold:release()
        for i = 1, 6 do t:expect_equal(writes[i]:wait().status, "ok", "write " .. i) end
      end
    end
    t:expect_equal(t.hba:counters().xri_aborted_unknown, ROUNDS, "counted")
    local read = ctrl:read { lba = 1, blocks = 6 }
    t:expect_equal(read:wait().status, "ok", "read")
    t:expect(read:matches { seed = ROUNDS }, "the data of the last writes")
  end,
}
