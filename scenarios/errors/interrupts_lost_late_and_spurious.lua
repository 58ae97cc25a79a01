-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Interrupts that are lost, late or raised for nothing cost time, not commands",
  references = { "sli4-port.md 6.10, 7" },
  covers     = { "ERR-05" },
  status     = "FYI",
  discussion = "How soon a host notices a lost interrupt is its own choice; here it has ten seconds.",
  needs      = { "fault.port", "destroys.data" },
  setup      = { hba = { io_queues = 2 } },
  run = function(t)
    local ctrl = t:connect { io_queues = 2 }
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local function read(queue, within_us)
      local io = ctrl:read { queue = queue, lba = queue, blocks = 8 }
      local result = io:wait { within_us = within_us }
      t:expect(result and result.status == "ok", "read on queue " .. queue)
      t:expect(io:matches(), "its data")
    end
    t.irq:spurious { vector = 0, count = 50 }
    t.irq:spurious { vector = 1, count = 50 }
    for queue = 1, 2 do read(queue, 1000) end
    local late = t.irq:delay { ns = 3000000, count = 2 }
    for queue = 1, 2 do read(queue, 10000) end
    t:expect_equal(late.hits, 2, "late interrupts")
    for _ = 1, 3 do
      for queue = 1, 2 do
        local lost = t.irq:lose { count = 1 }
        read(queue, 10000000)
        t:expect_equal(lost.hits, 1, "lost interrupts")
      end
    end
    t:expect_equal(t.hba:counters().resets, 0, "resets")
    t:expect_equal(ctrl:info().connects, 1, "associations made")
    for queue = 1, 2 do read(queue, 1000) end
  end,
}
