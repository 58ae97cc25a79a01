-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Each mailbox command of bring-up, refused in turn, gives a working HBA or a clean error and a good second try",
  references = { "sli4-port.md 5.1", "known-defects.md KD-36" },
  covers     = { "RESET-05" },
  needs      = { "fault.port", "probe.model" },
  run = function(t)
    local count = t.mailbox:watch {}
    t:bring_up()
    local commands = count.hits
    count:release()
    t.hba:shut_down()
    t:expect(commands > 15, commands .. " mailbox commands bring the port up")
    local clean, tolerated = 0, 0
    for n = 0, commands - 1 do
      local refused = t.mailbox:fail { skip = n, count = 1 }
      local errno, why = t:bring_up { try = true }
      t:expect_equal(refused.hits, 1, "command " .. n .. " was refused")
      if errno == "0" then
        tolerated = tolerated + 1
      else
        clean = clean + 1
        t:expect(#why > 0, "command " .. n .. ": it says why")
        t:expect_equal(t.hba.state, "down", "command " .. n .. ": state")
        t:expect_equal(t:bring_up { try = true }, "0", "command " .. n .. ": the second try")
      end
      t.hba:shut_down()
    end
    t:expect(clean > tolerated, clean .. " of the commands are needed, without " .. tolerated .. " it works as well")
    local ctrl = t:connect()
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "read at the end")
  end,
  limit_ms = 900000,
}
