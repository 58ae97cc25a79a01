-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Four hardware queues carry I/O at once, and each completion comes on the CQ of its own queue",
  references = { "sli4-port.md 6.3", "sli4-io.md 6.1" },
  covers     = { "QUEUE-08" },
  needs      = { "probe.cqe", "destroys.data" },
  setup      = { hba = { io_queues = 4 } },
  run = function(t)
    local ctrl = t:connect { io_queues = 4 }
    if not t:expect_equal(ctrl:info().io_queues, 4, "I/O queues of the association") then return end
    t:expect_equal(ctrl:write { lba = 0, blocks = 128 }:wait().status, "ok", "the pattern is written")
    local function completions(cq)   -- since the mark
      return t:count_cqes { code = "WQE", queue = cq } + t:count_cqes { code = "ERSP", queue = cq }
    end
    -- Which CQ is whose: one queue alone at first.
    local cq_of, taken = {}, {}
    for queue = 1, 4 do
      t:mark()
      local read = ctrl:read { queue = queue, lba = 0, blocks = 8 }
      t:expect_equal(read:wait().status, "ok", "read on queue " .. queue)
      for cq = 0, 63 do
        if completions(cq) > 0 then
          t:expect_equal(cq_of[queue], nil, "queue " .. queue .. " has one CQ")
          t:expect(not taken[cq], "the CQ of queue " .. queue .. " is nobody else's")
          cq_of[queue], taken[cq] = cq, true
        end
      end
      t:expect(cq_of[queue], "queue " .. queue .. " has a CQ")
    end
    -- Then all together, as many on each as its number says.
    t:mark()
    local reads = {}
    for i = 1, 10 do
      for queue = 1, 4 do
        for n = 1, queue do
          reads[#reads + 1] = ctrl:read { queue = queue, lba = (#reads) % 120, blocks = 8 }
        end
      end
    end
    for _, read in ipairs(reads) do
      t:expect_equal(read:wait().status, "ok", "read")
      t:expect(read:matches(), "its data")
    end
    for queue = 1, 4 do
      t:expect_equal(completions(cq_of[queue]), 10 * queue, "completions on the CQ of queue " .. queue)
    end
  end,
}
