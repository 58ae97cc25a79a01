-- SPDX-License-Identifier: BSD-2-Clause
local UNREG_RPI = 0x14

scenario {
  purpose    = "A mailbox command that is never answered resets the port once: every command comes back, and login and I/O go on",
  references = { "known-defects.md KD-31, KD-35", "sli4-port.md 3.5, 8.2" },
  covers     = { "RESET-06", "RESET-02" },
  needs      = { "fault.port", "fault.target", "fault.fabric", "probe.model", "destroys.data" },
  setup      = { hba = { mbox_timeout_ms = 2000 } },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local posted = t:count_events { type = "SGL_POST", from = "port" }
    for n, kind in ipairs { "hang", "lose" } do
      local hold = t.target:hold { opcode = "read", count = 4 }
      local reads = {}
      for i = 1, 4 do reads[i] = ctrl:read { lba = i, blocks = 1 } end
      t:wait_us(50)
      t.xa:withhold { count = 1 }
      reads[1]:abort()                            -- one waits for XRI_ABORTED
      t:wait_us(1000)
      local hit = t.mailbox[kind](t.mailbox, { opcode = UNREG_RPI, count = 1 })
      t:mark()
      t.target:logo {}                            -- the login ends: UNREG_RPI
      t:wait_us(100000)
      t:expect_equal(hit.hits, 1, kind .. ": the command")
      if not t:expect(t:wait_until(function() return t.hba:counters().resets == n end, 30000000), kind .. ": a reset") then
        return
      end
      for i = 1, 4 do
        local result = reads[i]:wait { within_us = 30000000 }
        t:expect(result and result.status ~= "ok", kind .. ": read " .. i .. " is returned")
      end
      hold:release()
      t:expect(ctrl:wait_state("live", 90000000), kind .. ": the controller lives again")
      t:expect_equal(t:count_events { type = "SGL_POST", from = "port" }, posted, kind .. ": SGLs posted again")
      local read = ctrl:read { lba = 0, blocks = 64 }
      t:expect_equal(read:wait().status, "ok", kind .. ": a read afterwards")
      t:expect(read:matches(), "its data")
      t:expect_equal(t.hba:counters().resets, n, kind .. ": resets in the end")
    end
  end,
  limit_ms = 300000,
}
