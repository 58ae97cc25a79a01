-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Whatever status and reason a port ends a command with, the command comes back once with an error and nothing leaks",
  references = { "sli4-io.md 3.6, 3.7", "known-defects.md KD-17" },
  covers     = { "ERR-09" },
  needs      = { "fault.port", "probe.model", "destroys.data" },
  setup      = { hba = { io_xris = 16 } },
  run = function(t)
    local ctrl = t:connect { entries = 32 }
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local exchanges = t:probe { name = "port.exchanges" }
    local READ, LOCAL_REJECT = 0x9a, 3
    local cases = {}
    for status = 1, 0x1f do
      if status ~= LOCAL_REJECT then cases[#cases + 1] = { status, 0 } end
    end
    for reason = 0, 0x48, 3 do cases[#cases + 1] = { LOCAL_REJECT, reason } end
    -- Link loss with bits set above the reason's eight.
    for _, reason in ipairs { 0x09, 0x109, 0x12340009, 0x1a, 0xff1a, 0x04, 0x12340004 } do
      cases[#cases + 1] = { LOCAL_REJECT, reason }
    end
    for _, case in ipairs(cases) do
      local what = string.format("status %d/0x%x", case[1], case[2])
      local fail = t.wqe:fail { command = READ, status = case[1], parameter = case[2], count = 1 }
      local result = ctrl:read { lba = 0, blocks = 1 }:wait { within_us = 60000000 }
      t:expect_equal(fail.hits, 1, what .. ": given")
      if not t:expect(result and result.status ~= "ok" and result.status ~= "nvme", what .. " is an error") then return end
      if not t:expect(t:wait_until(function() return ctrl.state == "live" end, 90000000), what .. ": live again") then
        return
      end
    end
    t:expect_equal(t.hba:counters().resets, 0, "resets")
    t:expect(t:wait_until(function() return t:probe { name = "port.exchanges" } == exchanges end, 60000000),
             "no exchange is left over")
    local reads = {}
    for i = 1, 13 do reads[i] = ctrl:read { lba = i, blocks = 1 } end
    for i = 1, 13 do
      t:expect_equal(reads[i]:wait { within_us = 60000000 }.status, "ok", "read " .. i .. ": no XRI was lost")
      t:expect(reads[i]:matches(), "its data")
    end
  end,
  limit_ms = 900000,
}
