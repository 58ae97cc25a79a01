-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Each allocation of an association and of a link service, failed in turn, ends in a clean error or in a second try that works",
  references = { "sli4-io.md 6", "known-defects.md KD-50" },
  covers     = { "LS-11" },
  needs      = { "fault.host", "probe.model" },
  setup      = { hba = { io_xris = 24, els_xris = 12, rq_buffers = 4 } },
  run = function(t)
    -- The association. A shutdown between two of them: what is kept for the next connect would hide the allocations.
    local n, refused, by_itself = 0, 0, 0
    repeat
      n = n + 1
      t:login {}
      t.hba:fail_allocation(n)
      local ctrl, why = t:connect { io_queues = 1, reconnect_delay_ms = 100, ctrl_loss_ms = 600000, try = true }
      local failed = t.hba:fail_allocation(0) == 0
      if not ctrl then
        refused = refused + 1
        t:expect(failed and why == "ENOMEM", "allocation " .. n .. ": it says why: " .. why)
        ctrl = t:connect {}
      elseif failed then
        by_itself = by_itself + 1
      end
      t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "allocation " .. n .. ": read")
      ctrl:disconnect()
      t.hba:shut_down()
      t:expect_equal(t:probe { name = "target.associations" }, 0, "allocation " .. n .. ": associations left at the target")
    until not failed or n > 200
    t:expect(n > 12 and n <= 200, n - 1 .. " allocations make an association")
    t:expect(refused > 0 and by_itself > 0, refused .. " are told at once, " .. by_itself .. " are tried again by itself")
    -- Link services by hand: more at once than there are kept from the connect.
    t:connect {}
    local m = 0
    repeat
      m = m + 1
      t.hba:fail_allocation(m)
      local ls = {}
      for i = 1, m + 1 do
        ls[i] = t:ls { command = "disconnect" }
      end
      local failed = t.hba:fail_allocation(0) == 0
      for i = 1, m + 1 do
        if ls[i].refused then
          t:expect(failed, "LS " .. i .. " was refused: " .. ls[i].refused)
        else
          t:expect_equal(ls[i]:wait().status, "ok", "allocation " .. m .. ": LS " .. i)
        end
      end
    until not failed or m > 30
    t:expect(m > 2 and m <= 30, m - 1 .. " allocations")
    t:note(n - 1 .. " allocations make an association (" .. refused .. " refused, " .. by_itself .. " tried again), " .. m - 1 .. " the calls")
  end,
  limit_ms = 3000000,
}
