-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A connection refused after others were made ends the connect cleanly: Disconnect, every " ..
               "queue deleted once, and the next connect succeeds",
  references = { "fc-wire.md 5.3, 7.1", "known-defects.md KD-50" },
  covers     = { "LS-05", "LS-11" },
  needs      = { "fault.target", "probe.frame", "probe.model" },
  setup      = { hba = { io_queues = 4 } },
  run = function(t)
    t:login { target = 1 }
    for made = 0, 3 do                           -- so many connections are accepted before the refusal
      local refusal = t.target:ls_reject { ls = "create_connection", skip = made, count = 1, reason = 0x43 }
      t:mark()
      local ctrl = t:connect { io_queues = 4, reconnect_delay_ms = 500, ctrl_loss_ms = 400,
                               within_us = 60000000, try = true }
      t:expect_equal(refusal.hits, 1, "connections refused after " .. made)
      if ctrl then                               -- a second attempt had no refusal
        ctrl:disconnect()
      end
      t:wait_us(2000000)
      t:expect_frame { from = "hba", type = "LS", bytes = "\5", within_us = 1000000 }
      t:expect_equal(t:probe { name = "target.associations" }, 0, "associations left at the target")
      refusal:release()
    end
    local ctrl = t:connect { io_queues = 4, within_us = 60000000 }
    for queue = 1, 4 do
      t:expect_equal(ctrl:read { lba = 0, blocks = 8, queue = queue }:wait().status, "ok", "queue " .. queue)
    end
  end,
}
