-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A WQ from which the port takes nothing stops no other; the abort of a command in it waits in the same queue",
  references = { "known-defects.md KD-05", "sli4-io.md 6.2, 8.7" },
  covers     = { "QUEUE-08", "QUEUE-17" },
  needs      = { "fault.port", "probe.wqe", "probe.frame", "destroys.data" },
  setup      = { hba = { io_queues = 4 } },
  run = function(t)
    local ctrl = t:connect { io_queues = 4 }
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local function wq_of(queue)                   -- which WQ a read on it uses
      t:mark()
      ctrl:read { queue = queue, lba = 0, blocks = 1 }:wait()
      for id = 0, 255 do
        if t:count_wqes { command = "FCP_IREAD64", queue = id } == 1 then return id end
      end
    end
    local wq = wq_of(2)
    if not t:expect(wq, "the WQ of queue 2") then return end
    local stall = t.wq:stall { queue = wq }
    t:mark()
    local stuck = ctrl:read { queue = 2, lba = 8, blocks = 8 }
    local xri = stuck.xri
    for i = 1, 30 do
      local read = ctrl:read { queue = ({ 1, 3, 4 })[i % 3 + 1], lba = i, blocks = 1 }
      t:expect_equal(read:wait { within_us = 10000 }.status, "ok", "read on another queue")
    end
    stuck:abort()
    t:wait_us(1000)
    t:expect(not stuck.done, "the command and its abort stand in the stalled queue")
    t:expect_equal(t:count_wqes { command = "ABORT_XRI", queue = wq }, 1, "aborts in its own queue")
    t:expect_equal(t:count_wqes { command = "ABORT_XRI" }, 1, "aborts in all")
    stall:release()
    local status = stuck:wait { within_us = 30000000 }.status
    t:expect(status == "aborted" or status == "ok", "the command ends: " .. status)
    local reads = {}
    for i = 1, 8 do reads[i] = ctrl:read { queue = 2, lba = i, blocks = 1 } end
    for i = 1, 8 do
      t:expect_equal(reads[i]:wait().status, "ok", "read on the queue that was stalled")
      t:expect(reads[i]:matches(), "its data")
    end
  end,
}
