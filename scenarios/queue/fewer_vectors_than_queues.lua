-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "With fewer vectors than hardware queues were asked for the queues that there are work, and the same after each reset",
  references = { "known-defects.md KD-26", "sli4-port.md 7" },
  covers     = { "QUEUE-08", "QUEUE-15" },
  needs      = { "probe.model", "destroys.data" },
  setup      = { port = { msix_vectors = 2 }, hba = { io_queues = 4 } },
  run = function(t)
    local ctrl = t:connect { io_queues = 4 }
    local count = ctrl:info().io_queues
    t:expect(count >= 2 and count <= 4, count .. " I/O queues")
    local queues = t:probe { name = "port.queues" }
    for round = 1, 3 do
      for queue = 1, count do
        local write = ctrl:write { queue = queue, lba = queue * 16, blocks = 16, seed = round }
        t:expect_equal(write:wait { within_us = 100000 }.status, "ok", "write on queue " .. queue .. " in round " .. round)
        local read = ctrl:read { queue = count + 1 - queue, lba = queue * 16, blocks = 16 }
        t:expect_equal(read:wait { within_us = 100000 }.status, "ok", "read on queue " .. count + 1 - queue)
        t:expect(read:matches { seed = round }, "its data")
      end
      t:expect_equal(t.hba:reset(), "0", "reset")
      t:expect(t:wait_until(function() return ctrl:info().connects == round + 1 end, 60000000), "connected again")
      t:expect(ctrl:wait_state("live", 60000000), "the controller lives again")
      t:expect_equal(ctrl:info().io_queues, count, "I/O queues after a reset")
      t:expect_equal(t:probe { name = "port.queues" }, queues, "queues of the port as before the reset")
    end
    t:expect(t:count_events { type = "INTERRUPT", a = 0 } > 0, "vector 0 was used")
    t:expect(t:count_events { type = "INTERRUPT", a = 1 } > 0, "vector 1 was used")
    t:expect_equal(t:count_events { type = "INTERRUPT", a = 2 }, 0, "interrupts of a vector that there is not")
  end,
}
