-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Commands that are aborted in the moment of their submission, on four queues, end once " ..
               "each; each abort stands in the queue of its command, behind it",
  references = { "sli4-io.md 2.9, 5.4", "known-defects.md KD-05" },
  covers     = { "ABTS-02", "ABTS-09" },
  needs      = { "probe.wqe", "probe.cqe" },
  setup      = { hba = { io_queues = 4 } },
  run = function(t)
    local ctrl = t:connect { io_queues = 4, entries = 32 }
    for round = 1, 12 do
      local ios = {}
      t:mark()
      for i = 1, 8 do
        ios[i] = ctrl:read { lba = 8 * i, blocks = 64, queue = 1 + i % 4 }
        ios[i]:abort()
      end
      for i = 1, 8 do
        t:expect_wqe { command = "FCP_IREAD64", xri = ios[i].xri }
        t:expect_wqe { command = "ABORT_XRI", abort_tag = ios[i].xri }
      end
      local queues = 0
      for queue = 0, 63 do
        local reads = t:count_wqes { command = "FCP_IREAD64", queue = queue }
        t:expect_equal(t:count_wqes { command = "ABORT_XRI", queue = queue }, reads,
                       "aborts in queue " .. queue)
        if reads > 0 then queues = queues + 1 end
      end
      t:expect_equal(queues, 4, "queues")
      for i = 1, 8 do
        local status = ios[i]:wait { within_us = 1000000 }.status
        t:expect(status == "ok" or status == "aborted", "read " .. i .. ": " .. status)
      end
      t:wait_us(5000)
    end
    t:expect_equal(t.hba:counters().wcqe_unknown_tag, 0, "completions that belong to nothing")
    for queue = 1, 4 do
      t:expect_equal(ctrl:read { lba = 0, blocks = 8, queue = queue }:wait().status, "ok", "queue " .. queue)
    end
    t:expect_equal(ctrl:info().connects, 1, "associations made")
  end,
}
