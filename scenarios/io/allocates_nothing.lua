-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Reads, writes, full queues and aborts allocate nothing: no shortage of memory can fail a command",
  references = { "sli4-io.md 5.1, 6.13" },
  covers     = { "IO-01", "IO-05", "ABTS-07" },
  discussion = "Driver and transport own what a command needs before the first one is sent. So there is no allocation to be " ..
               "failed in turn, as the other phases have it: this counts that there is none.",
  needs      = { "fault.host", "fault.target", "probe.cqe", "destroys.data" },
  setup      = { hba = { io_queues = 2, io_xris = 48 } },
  run = function(t)
    local ctrl = t:connect { io_queues = 2, entries = 64 }
    local armed = 1000
    t.hba:fail_allocation(armed)
    for _, blocks in ipairs { 1, 8, 129, 2048 } do
      for queue = 1, 2 do
        local at = "queue " .. queue .. ", " .. blocks .. " blocks: "
        t:expect_equal(ctrl:write { lba = 4096 * queue, blocks = blocks, queue = queue }:wait().status, "ok", at .. "write")
        local read = ctrl:read { lba = 4096 * queue, blocks = blocks, queue = queue }
        t:expect_equal(read:wait().status, "ok", at .. "read")
        t:expect(read:matches(), at .. "its data")
      end
    end
    t:expect_equal(ctrl:flush {}:wait().status, "ok", "flush")
    local reads = {} -- more than there are XRIs: the rest waits in the transport
    for i = 1, 60 do reads[i] = ctrl:read { lba = i, blocks = 8 } end
    for i = 1, 60 do t:expect_equal(reads[i]:wait().status, "ok", "read " .. i .. " of 60 at once") end
    local held = t.target:hold { opcode = "read", count = 8 }
    for i = 1, 8 do reads[i] = ctrl:read { lba = i, blocks = 8 } end
    t:wait_us(100)
    t:mark()
    for i = 1, 8 do t:expect_equal(reads[i]:abort(), "0", "abort " .. i) end
    for i = 1, 8 do
      t:expect_equal(reads[i]:wait().status, "aborted", "read " .. i .. " that was aborted")
      t:expect_cqe { code = "XRI_ABORTED", within_us = 2000 }
    end
    held:release()
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read afterwards")
    t:expect_equal(armed - t.hba:fail_allocation(0), 0, "allocations")
  end,
}
