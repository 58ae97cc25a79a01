-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Reads and writes of mixed sizes on four queues at once, commands overtaking each " ..
               "other, keep every block right",
  references = { "sli4-io.md 6.1, 6.8, 8.3, 8.4" },
  covers     = { "IO-01", "IO-08", "QUEUE-08", "QUEUE-04" },
  needs      = { "fault.target", "probe.cqe", "destroys.data" },
  setup      = { hba = { io_queues = 4, wq_depth = 64 } },
  run = function(t)
    local SLOTS, BLOCKS, ROUNDS = 32, 64, 12
    local ctrl = t:connect { io_queues = 4, entries = 64 }
    t:expect_equal(ctrl:info().io_queues, 4, "queues")
    t.target:delay { opcode = "read", ns = 300000, probability = 200 }
    t.target:delay { opcode = "write", ns = 200000, probability = 200 }
    local seeds = {}                             -- what each slot of 64 blocks holds
    local function size() return 1 + t:random(BLOCKS) % BLOCKS end
    t:mark()
    for round = 1, ROUNDS do
      local running = {}
      for slot = 1, SLOTS do                     -- one command a slot, so that the expected data is known
        local queue, lba = 1 + (slot + round) % 4, slot * BLOCKS
        if not seeds[slot] or t:random(2) == 1 then
          seeds[slot] = round * SLOTS + slot
          running[slot] = ctrl:write { lba = lba, blocks = BLOCKS, queue = queue, seed = seeds[slot],
                                       segments = 1 + t:random(8) }
        else
          running[slot] = ctrl:read { lba = lba, blocks = size(), queue = queue }
        end
        t:expect_equal(running[slot].refused, nil, "command accepted")
      end
      for slot = 1, SLOTS do
        local io = running[slot]
        t:expect_equal(io:wait().status, "ok", "slot " .. slot .. " in round " .. round)
        t:expect(io:matches { seed = seeds[slot] }, "slot " .. slot .. " in round " .. round .. ": its data")
      end
    end
    local queues = 0
    local limits = t.hba:limits()
    t:expect(limits.io_queues == 4, "hardware queues")
    for id = 0, 63 do
      local n = t:count_cqes { code = "WQE", queue = id } + t:count_cqes { code = "ERSP", queue = id }
      if n >= ROUNDS * SLOTS / 8 then queues = queues + 1 end
    end
    t:expect_equal(queues, 4, "CQs that carried at least an eighth of the completions")
  end,
}
