-- SPDX-License-Identifier: BSD-2-Clause
-- Service parameters of a PRLI accept (fc-wire.md 3.4), and whether the port is then a target of ours.
local PARAMETERS = { { 0x20, false, "initiator only" }, { 0x10, true, "target" }, { 0x30, true, "both" },
                     { 0x18, true, "discovery controller" }, { 0x00, false, "neither" } }

local INITIATOR, TARGET, DISCOVERY = 1, 2, 4     -- roles of a remote port

scenario {
  purpose    = "What a port offers in its PRLI accept decides whether it is registered, and as what; a " ..
               "change is seen at the next login",
  references = { "fc-wire.md 3.4" },
  covers     = { "DISC-12" },
  needs      = { "fault.target", "fault.link", "probe.frame" },
  run = function(t)
    t:login {}
    for _, case in ipairs(PARAMETERS) do
      local edit = t.target:answer_edit { els = "prli", offset = 16, word = case[1] }
      t.target_link:bounce { down_us = 1000 }
      t:expect(t:wait_until(function() return edit.hits > 0 end, 30000000), "PRLI for " .. case[3])
      t:wait_us(3000000)
      t:expect_equal(t:online {}, case[2], case[3] .. ": registered")
      if case[2] then
        local role = t:login {}.role
        t:expect_equal(role & TARGET ~= 0, true, "role target")
        t:expect_equal(role & INITIATOR ~= 0, case[1] & 0x20 ~= 0, "role initiator")
        t:expect_equal(role & DISCOVERY ~= 0, case[1] & 0x08 ~= 0, "role discovery")
      end
      edit:release()
    end
    for _, bad in ipairs { { 4, 0x28000000 }, { 4, 0x08000100 } } do
      local edit = t.target:answer_edit { els = "prli", offset = bad[1], word = bad[2] }
      t.target_link:bounce { down_us = 1000 }
      t:expect(t:wait_until(function() return edit.hits > 0 end, 30000000), "a PRLI accept that is wrong")
      t:wait_us(1000000)
      t:expect(not t:online {}, string.format("word %08x at %d: not registered", bad[2], bad[1]))
      edit:release()
      t:wait_us(5000000)
    end
    t.target_link:bounce { down_us = 1000 }
    t:expect_equal(t:connect { within_us = 60000000 }:read { lba = 0, blocks = 8 }:wait().status, "ok",
                   "a read")
  end,
}
