-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Each allocation of bring-up, login and reset, failed in turn, ends in a clean error and a good second try",
  references = { "sli4-port.md 5.1", "known-defects.md KD-36" },
  covers     = { "RESET-05" },
  needs      = { "fault.host", "fault.link" },
  setup      = { hba = { io_xris = 24, els_xris = 8, rq_buffers = 4 } },
  run = function(t)
    -- Bring-up.
    local n = 0
    repeat
      n = n + 1
      t.hba:fail_allocation(n)
      local errno, why = t:bring_up { try = true }
      local failed = t.hba:fail_allocation(0) == 0
      if errno ~= "0" then
        t:expect(failed and #why > 0, "allocation " .. n .. ": it says why: " .. why)
        t:expect_equal(t.hba.state, "down", "allocation " .. n .. ": state")
      end
      t.hba:shut_down()
    until not failed or n > 500
    t:expect(n > 30 and n <= 500, n - 1 .. " allocations bring the port up")
    -- Login: what fails is tried again, by itself or when the link has bounced.
    local m = 0
    repeat
      m = m + 1
      t:bring_up()
      t.hba:fail_allocation(m)
      local online = t:wait_until(function() return t:online {} end, 30000000)
      local failed = t.hba:fail_allocation(0) == 0
      if not online then
        t:expect(failed, "no login though nothing failed")
        t.link:bounce { down_us = 1000 }
      end
      local ctrl = t:connect()
      t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "allocation " .. m .. " of login: read")
      t.hba:shut_down()
    until not failed or m > 500
    t:expect(m > 1 and m <= 500, m - 1 .. " allocations of login")
    -- A reset.
    local r, dead = 0, 0
    repeat
      r = r + 1
      t:bring_up()
      t.hba:fail_allocation(r)
      t.hba:reset()
      local failed = t.hba:fail_allocation(0) == 0
      if t.hba.state == "dead" then
        dead = dead + 1
        t:expect(failed and t.hba.reason, "allocation " .. r .. " of a reset: it says why")
        t:expect_equal(t.hba:reset(), "0", "allocation " .. r .. ": another reset brings it back")
      end
      t:expect(t:wait_until(function() return t:online {} end, 60000000), "allocation " .. r .. ": logged in again")
      t.hba:shut_down()
    until not failed or r > 500
    t:expect(dead > 5 and r <= 500, r - 1 .. " allocations of a reset, " .. dead .. " of them needed")
    local ctrl = t:connect()
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "read at the end")
  end,
  limit_ms = 3000000,
}
