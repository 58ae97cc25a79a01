-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Resets one after another, with commands in flight and aborts pending, cost no XRI, queue, RPI or buffer",
  references = { "known-defects.md KD-30, KD-34, KD-26", "sli4-port.md 8.3" },
  covers     = { "RESET-01", "XRI-06" },
  needs      = { "fault.target", "probe.model", "destroys.data" },
  setup      = { hba = { io_xris = 32, io_queues = 2, enable_rrq = 0 } },
  run = function(t)
    local ctrl = t:connect { io_queues = 2 }
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local names = { "port.queues", "port.rpi_registered", "port.rq_posted" }
    local before = {}
    for _, name in ipairs(names) do before[name] = t:probe { name = name } end
    for round = 1, 30 do
      local hold = t.target:hold { opcode = "read" }
      local reads = {}
      for i = 1, 10 do reads[i] = ctrl:read { lba = i, blocks = 1, queue = i % 2 + 1 } end
      t:wait_us(round % 3 * 20)
      for i = 1, 5 do reads[i]:abort() end
      t:wait_us(round % 5 * 3)
      t:expect_equal(t.hba:reset(), "0", "reset " .. round)
      for i = 1, 10 do
        local result = reads[i]:wait { within_us = 5000000 }
        t:expect(result and result.status ~= "ok", "read " .. i .. " is returned")
      end
      hold:release()
      t:expect(t:wait_until(function() return ctrl:info().connects == round + 1 end, 90000000), "connected again")
      t:expect(ctrl:wait_state("live", 60000000), "the controller lives again")
      for _, name in ipairs(names) do
        if not t:expect_equal(t:probe { name = name }, before[name], name .. " after reset " .. round) then return end
      end
    end
    -- All 32 XRIs are there: 27 commands at once, beside the event request and the reserve of four.
    local hold = t.target:hold { opcode = "read" }
    local reads = {}
    for i = 1, 27 do reads[i] = ctrl:read { lba = i, blocks = 1, queue = i % 2 + 1 } end
    t:wait_us(500)
    t:expect_equal(t:probe { name = "target.held" }, 27, "commands at the target at once")
    hold:release()
    for i = 1, 27 do t:expect_equal(reads[i]:wait().status, "ok", "read " .. i) end
  end,
  limit_ms = 900000,
}
