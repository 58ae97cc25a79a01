-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "More aborts than the work queue has room for, with every XRI in use: none is forgotten, " ..
               "each ends its command",
  references = { "sli4-io.md 2.9, 6.10", "known-defects.md KD-01" },
  covers     = { "ABTS-07", "ABTS-11" },
  needs      = { "fault.target", "probe.frame", "probe.wqe" },
  setup      = { hba = { wq_depth = 32, io_xris = 56 } },
  run = function(t)
    local ctrl = t:connect { entries = 128 }
    local held = t.target:hold { opcode = "read", count = 48 }
    local ios = {}
    for i = 1, 48 do
      ios[i] = ctrl:read { lba = 8 * i, blocks = 8, timeout_ms = 100000 }
    end
    t:wait_us(100000)
    t:expect_equal(held.hits, 48, "reads at the target")
    t:mark()
    for i = 1, 48 do ios[i]:abort() end
    for i = 1, 48 do
      t:expect_equal(ios[i]:wait { within_us = 1000000 }.status, "aborted", "read " .. i)
    end
    t:expect(t.hba:counters().abort_queued > 0, "some had to wait for a slot")
    t:expect_equal(t:count_wqes { command = "ABORT_XRI" }, 48, "ABORT_XRI")
    t:expect_equal(t:count_frames { from = "hba", type = "ABTS" }, 48, "ABTS")
    t:wait_us(12000000)
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read afterwards")
  end,
}
