-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An HBA that is shut down at any point of link-up, login, association or I/O leaves nothing behind and comes up again",
  references = { "known-defects.md KD-09, KD-46, KD-48", "sli4-port.md 8.4" },
  covers     = { "RESET-09" },
  needs      = { "fault.target", "fault.link", "fault.port", "probe.model", "destroys.data" },
  run = function(t)
    local points = {
      { "link just up", function() return t.frame:watch { type = "FLOGI", count = 1 } end },
      { "FLOGI answered", function() return t.frame:watch { type = "LS_ACC", from = "switch", count = 1 } end },
      { "name server asked", function() return t.frame:watch { type = "CT", count = 1 } end },
      { "PLOGI to the target", function() return t.frame:watch { type = "PLOGI", from = "hba", skip = 1, count = 1 } end },
      { "PRLI", function() return t.frame:watch { type = "PRLI", count = 1 } end },
      { "REG_RPI", function() return t.mailbox:watch { opcode = 0x93, count = 1 } end },
      { "registered", nil } }
    for n, point in ipairs(points) do
      local watch = point[2] and point[2]()
      t:bring_up()
      local there = t:wait_until(function()
        if watch then return watch.hits == 1 end
        return t:online {}
      end, 60000000)
      t:expect(there, point[1] .. ": it came to that")
      t.hba:shut_down()
      t:expect_equal(t.hba.state, "down", point[1] .. ": state")
      t:expect_equal(t:probe { name = "port.exchanges" }, 0, point[1] .. ": exchanges left")
      t:expect_equal(t:probe { name = "port.queues" }, 0, point[1] .. ": queues left")
      t:expect(not t:online {}, point[1] .. ": still registered")
    end
    -- With commands in every stage, and a target that says nothing any more.
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    t.target:hold { opcode = "read", count = 4 }
    t.target:hold { opcode = "write", stage = "data", count = 4 }
    local ios = {}
    for i = 1, 4 do ios[i] = ctrl:read { lba = i, blocks = 8 } end
    for i = 5, 8 do ios[i] = ctrl:write { lba = i, blocks = 8, seed = 9 } end
    t:wait_us(50)
    ios[1]:abort()
    t.target:silent {}
    t.hba:shut_down()
    t:expect_equal(t.hba.state, "down", "state at the end")
    for i = 1, 8 do
      local result = ios[i]:wait { within_us = 1000 }
      t:expect(result and result.status ~= "ok", "command " .. i .. " was returned")
    end
    t:expect_equal(t:probe { name = "port.exchanges" }, 0, "exchanges left")
  end,
  limit_ms = 900000,
}
