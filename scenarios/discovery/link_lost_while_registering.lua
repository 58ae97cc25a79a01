-- SPDX-License-Identifier: BSD-2-Clause
local REG_RPI = 0x93

scenario {
  purpose    = "A login whose registration with the port is answered only after the link was lost " ..
               "and came back is given up, and made anew",
  references = { "sli4-port.md 5.3", "known-defects.md KD-27, KD-44" },
  covers     = { "DISC-14", "LINK-02" },
  needs      = { "fault.link", "fault.port", "probe.model", "destroys.data" },
  setup      = { targets = { {}, {} } },
  run = function(t)
    for i = 1, 2 do t:login { target = i } end
    local ctrl, before = t:connect(), t:probe { name = "port.rpi_registered" }
    -- The first registration is the name server's; the second a target's.
    for skip = 0, 1 do
      local what = skip == 0 and "name server" or "a target"
      t:wait_us(100000)
      local held = t.mailbox:hold { opcode = REG_RPI, skip = skip, count = 1 }
      t.link:bounce { down_us = 1000 }
      t:expect(t:wait_until(function() return held.hits == 1 end, 10000000),
               what .. ": its registration is not answered")
      t.link:bounce { down_us = 1000 }             -- what it was for is over
      t:wait_us(50000)
      t:expect(not t:online { target = 1 } and not t:online { target = 2 }, what .. ": no target meanwhile")
      held:release()
      for i = 1, 2 do
        t:expect(t:wait_until(function() return t:online { target = i } end, 30000000), what .. ": target " .. i)
      end
      t:wait_us(100000)
      t:expect_equal(t:probe { name = "port.rpi_registered" }, before, what .. ": RPIs registered")
    end
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives")
    t:expect_equal(ctrl:write { lba = 0, blocks = 8 }:wait().status, "ok", "write")
    t:expect_equal(t.hba:counters().resets, 0, "resets of the port")
  end,
}
