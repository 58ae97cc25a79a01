-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A host that polls its queues logs in and moves data without a single interrupt",
  references = { "sli4-port.md 6.10, 7" },
  covers     = { "IO-01" },
  needs      = { "probe.model", "destroys.data" },
  setup      = { hba = { polled = true, io_queues = 2 } },
  run = function(t)
    local ctrl = t:connect { io_queues = 2 }
    for i = 0, 39 do
      local queue = i % 2 + 1
      t:expect_equal(ctrl:write { queue = queue, lba = i * 16, blocks = 16 }:wait().status, "ok", "write")
      local read = ctrl:read { queue = queue, lba = i * 16, blocks = 16 }
      t:expect_equal(read:wait().status, "ok", "read")
      t:expect(read:matches(), "the data is the data written")
    end
    t:expect_equal(t:count_events { type = "INTERRUPT" }, 0, "interrupts")
  end,
}
