-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A full WQ refuses the next entry, and takes it when the port has released slots",
  references = { "sli4-port.md 6.1, 6.3", "sli4-io.md 3.4, 6.8" },
  covers     = { "QUEUE-05", "IO-09" },
  needs      = { "probe.wqe", "destroys.data" },
  setup      = { hba = { wq_depth = 16 } },
  run = function(t)
    local ctrl = t:connect { entries = 128 }
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "the pattern is written")
    t:expect_equal(t.hba:counters().wqfull, 0, "refusals of one command at a time")
    t:mark()
    local reads = {}
    for i = 1, 64 do
      reads[i] = ctrl:read { lba = i - 1, blocks = 1 }
    end
    -- No time has passed: the port has fetched nothing. One slot of the ring stays empty, and those that were
    -- used since the last RELEASE, at most half of the ring, are not free yet.
    local fit = t:count_wqes { command = "FCP_IREAD64" }
    t:expect(fit >= 8 and fit <= 15, fit .. " WQEs fit")
    t:expect(t.hba:counters().wqfull > 0, "the WQ was full")
    for i = 1, 64 do
      t:expect_equal(reads[i]:wait().status, "ok", "read " .. i)
      t:expect(reads[i]:matches(), "data of read " .. i)
    end
    t:expect_equal(t:count_wqes { command = "FCP_IREAD64" }, 64, "each read was posted once")
  end,
}
