-- SPDX-License-Identifier: BSD-2-Clause
local COMMON, MODIFY_EQ_DELAY = 0x01, 0x29

scenario {
  purpose    = "A delay set for an EQ gathers completions in fewer interrupts; without it they come one by one again",
  references = { "sli4-port.md 6.2, 6.11" },
  covers     = { "QUEUE-16" },
  status     = "FYI",
  discussion = "How the multiplier becomes a time is inferred; more delay must not mean more interrupts.",
  needs      = { "probe.model", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local eq_id
    local function delay(multiplier)
      local answer = t.hba:config_command { subsystem = COMMON, opcode = MODIFY_EQ_DELAY,
                                            payload = { 1, eq_id, 0, multiplier } }
      t:expect_equal(answer.errno, "0", "MODIFY_EQ_DELAY")
    end
    -- The driver's EQ is the first of the port.
    for id = 0, 255 do
      if t:count_events { type = "EQE_WRITE", queue = id } > 0 then eq_id = eq_id or id end
    end
    if not t:expect(eq_id, "an EQ that is in use") then return end
    local function interrupts()
      t:mark()
      local reads, from = {}, t:now_us()
      for i = 1, 64 do
        reads[i] = ctrl:read { lba = i - 1, blocks = 1 }
        t:wait_us(5)
      end
      for i = 1, 64 do t:expect_equal(reads[i]:wait { within_us = 100000 }.status, "ok", "read " .. i) end
      return t:count_events { type = "INTERRUPT" }
    end
    local without = interrupts()
    delay(512)
    local with = interrupts()
    delay(0)
    local again = interrupts()
    t:expect(with * 4 <= without, without .. " interrupts without delay, " .. with .. " with it")
    t:expect(again * 2 >= without, again .. " interrupts when the delay is gone")
  end,
}
