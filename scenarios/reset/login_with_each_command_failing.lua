-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Each mailbox command of link-up and login, refused in turn, leaves an HBA that logs in by itself, or when the link has bounced",
  references = { "sli4-port.md 5.2", "known-defects.md KD-35, KD-38" },
  covers     = { "RESET-10", "DISC-01" },
  needs      = { "fault.port", "fault.link", "probe.model" },
  run = function(t)
    t:bring_up()
    local count = t.mailbox:watch {}
    t:expect(t:wait_until(function() return t:online {} end, 60000000), "logged in when nothing is refused")
    local commands = count.hits
    count:release()
    t:expect(commands >= 8, commands .. " mailbox commands make the login")
    t.hba:shut_down()
    local by_itself = 0
    for n = 0, commands - 1 do
      t:bring_up()
      local refused = t.mailbox:fail { skip = n, count = 1 }
      if t:wait_until(function() return t:online {} end, 30000000) then
        by_itself = by_itself + 1
      else
        t.link:bounce { down_us = 1000 }
        t:expect(t:wait_until(function() return t:online {} end, 60000000), "command " .. n .. ": login after a bounce")
      end
      t:expect_equal(refused.hits, 1, "command " .. n .. " was refused")
      refused:release()
      t:expect_equal(t.hba.state, "link_up", "command " .. n .. ": state")
      t.hba:shut_down()
      t:expect_equal(t:probe { name = "port.rpi_registered" }, 0, "command " .. n .. ": RPIs left")
    end
    t:note(by_itself .. " of " .. commands .. " without a bounce")
    local ctrl = t:connect()
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "read at the end")
  end,
  limit_ms = 3000000,
}
