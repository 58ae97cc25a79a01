-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Targets that exchange their addresses, or get new ones, keep their identity: data " ..
               "written by WWPN is read back by WWPN, each registration has the right address",
  references = { "fc-wire.md 2.4, 4", "known-defects.md KD-41" },
  covers     = { "DISC-11" },
  needs      = { "fault.fabric", "fault.link", "fault.target", "probe.frame", "probe.model",
                 "destroys.data" },
  setup      = { targets = { {}, {}, {} } },
  limit_ms   = 1000000,
  run = function(t)
    local ctrls = {}
    for i = 1, 3 do
      ctrls[i] = t:connect { target = i, reconnect_delay_ms = 500, ctrl_loss_ms = 1000000 }
      t:expect_equal(ctrls[i]:write { lba = 0, blocks = 8, seed = 100 * i }:wait().status, "ok", "write")
    end
    local function check(what)
      t:wait_us(20000)
      for i = 1, 3 do
        t:expect(ctrls[i]:wait_state("live", 120000000), "controller " .. i .. " lives after " .. what)
        t:expect_equal(t.hba:node { target = i }.did, t:probe { name = "target.port_id", target = i - 1 },
                       "address of target " .. i .. " after " .. what)
        local r = ctrls[i]:read { lba = 0, blocks = 8 }
        t:expect_equal(r:wait().status, "ok", "a read at " .. i)
        t:expect(r:matches { seed = 100 * i }, "its data is that of target " .. i .. " after " .. what)
      end
    end
    for round = 1, 4 do
      local ios = {}
      for i = 1, 3 do ios[i] = ctrls[i]:read { lba = 64, blocks = 256 } end
      t.fabric:swap { a = 0, b = 1, down_us = 500 * round }
      for i = 1, 3 do ios[i]:wait { within_us = 60000000 } end
      check("swap " .. round)
    end
    t.fabric:swap { a = 0, b = 1 }
    t:wait_us(3000)
    t.fabric:swap { a = 1, b = 2 }               -- while the first is not over: a rotation
    check("a rotation")
    t.fabric:move { target = 2 }
    check("a new address")
    t.fabric:move { port = 0 }
    check("a new address of the host")
  end,
}
