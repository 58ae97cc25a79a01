-- SPDX-License-Identifier: BSD-2-Clause
local UNREG_RPI = 0x14

scenario {
  purpose    = "Two reasons for a reset, whichever comes first and however close, make one teardown and one bring-up",
  references = { "known-defects.md KD-32" },
  covers     = { "RESET-08" },
  needs      = { "fault.port", "fault.target", "destroys.data" },
  setup      = { hba = { mbox_timeout_ms = 2000 } },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local resets = 0
    for _, offset_us in ipairs { 0, 1, 100, 10000, 500000, 999000, 1001000, 1900000, 2100000 } do
      local hold = t.target:hold { opcode = "read", count = 3 }
      local reads = {}
      for i = 1, 3 do reads[i] = ctrl:read { lba = i, blocks = 1 } end
      t:wait_us(50)
      local hang = t.mailbox:hang { opcode = UNREG_RPI, count = 1 }
      t.target:logo {}                            -- UNREG_RPI hangs: a reset in two seconds
      t.port:error { after_us = offset_us }       -- and an error, which the watch sees within one
      t:expect(t:wait_until(function() return t.hba:counters().resets > resets end, 60000000), "a reset")
      for i = 1, 3 do
        local result = reads[i]:wait { within_us = 60000000 }
        t:expect(result and result.status ~= "ok", "read " .. i .. " is returned")
      end
      hold:release()
      hang:release()                              -- the error may have come before the command
      t:wait_us(5000000)                          -- both have come by then
      t:expect(t:wait_until(function() return ctrl.state == "live" and t:online {} end, 120000000),
               offset_us .. " us: the controller lives again")
      local now = t.hba:counters().resets
      -- Close together they are one; an error that comes when the port is back is another.
      if offset_us <= 999000 then t:expect_equal(now - resets, 1, offset_us .. " us apart: resets") end
      t:expect(now - resets <= 2, offset_us .. " us apart: " .. now - resets .. " resets")
      resets = now
      local read = ctrl:read { lba = 0, blocks = 64 }
      t:expect_equal(read:wait().status, "ok", "a read afterwards")
      t:expect(read:matches(), "its data")
    end
  end,
  limit_ms = 900000,
}
