-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "The link bounces under load on two queues: every command returns once, the port comes " ..
               "back, I/O goes on",
  references = { "sli4-io.md 5.5, 8.9", "sli4-port.md 6.8" },
  covers     = { "LINK-02", "LS-05", "ABTS-06" },
  needs      = { "fault.link", "probe.frame", "destroys.data" },
  setup      = { hba = { io_queues = 2 } },
  run = function(t)
    local ctrl = t:connect { io_queues = 2, entries = 32 }
    for bounce = 1, 3 do
      local ios = {}
      for i = 1, 24 do
        local submit = i % 2 == 0 and ctrl.read or ctrl.write
        ios[i] = submit(ctrl, { lba = i * 256, blocks = 256, queue = 1 + i // 2 % 2 })
        t:expect_equal(ios[i].refused, nil, "command " .. i .. " accepted")
      end
      t:wait_us(20 + t:random(40))
      t:mark()
      t.link:bounce { down_us = 5000 * bounce }
      local lost = 0
      for i = 1, 24 do
        local status = ios[i]:wait { within_us = 5000000 }.status
        t:expect(status == "ok" or status == "lost" or status == "aborted", "command " .. i .. ": " .. status)
        if status ~= "ok" then lost = lost + 1 end
      end
      t:expect(lost > 0, "the bounce met commands in flight")
      t:expect_frame { from = "hba", type = "FLOGI", within_us = 10000000 }
      t:expect(ctrl:wait_state("live", 60000000), "the controller lives again")
      t:expect(t:online {}, "the target is registered")
      t:expect_equal(t.hba:counters().link_down, bounce, "link down events")
      t:expect_equal(t.hba:counters().link_up, bounce + 1, "link up events")
      t:expect_equal(ctrl:info().connects, bounce + 1, "associations made")
      local w = ctrl:write { lba = 0, blocks = 2048, queue = 1, seed = 100 + bounce }
      t:expect_equal(w:wait().status, "ok", "a write afterwards")
      local r = ctrl:read { lba = 0, blocks = 2048, queue = 2 }
      t:expect_equal(r:wait().status, "ok", "a read afterwards")
      t:expect(r:matches { seed = 100 + bounce }, "its data")
    end
  end,
}
