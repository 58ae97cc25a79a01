-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An error while the port is being brought up again ends in a clean state, wherever it strikes, and the HBA " ..
               "can be brought up once more",
  references = { "known-defects.md KD-32", "sli4-port.md 5.1, 8.2" },
  covers     = { "RESET-05", "RESET-03" },
  needs      = { "fault.port", "fault.target", "destroys.data" },
  run = function(t)
    -- How many mailbox commands a bring-up takes; each of them is hit in turn.
    local ctrl = t:connect()
    local count = t.mailbox:watch {}
    t:expect_equal(t.hba:reset(), "0", "a reset that nothing disturbs")
    local commands = count.hits
    t:expect(commands > 15, commands .. " mailbox commands bring the port up")
    count:release()
    for n = 0, commands - 1, 3 do
      if t.hba.state == "dead" or t.hba.state == "down" then
        t.hba:shut_down()
        t:bring_up()
      end
      t:expect(t:wait_until(function() return t.hba.state == "link_up" end, 60000000), "up before try " .. n)
      local watch = t.mailbox:watch { skip = n, count = 1 }
      t.port:error { on = watch }
      t.hba:reset()
      t:wait_us(100)
      local state = t.hba.state
      if watch.hits == 1 and state ~= "link_up" and state ~= "link_down" then
        t:expect(t.hba.reason ~= nil, "error at command " .. n .. ": it says why")
        t:expect(ctrl:read { lba = 0, blocks = 1 }.refused, "no command is taken meanwhile")
      end
    end
    if t.hba.state == "dead" or t.hba.state == "down" then t.hba:shut_down() end
    t:bring_up()
    ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 8 }:wait().status, "ok", "write at the end")
  end,
  limit_ms = 900000,
}
