-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "XRI_ABORTED that comes before the completion of its command is remembered: the command ends, the XRI is free",
  references = { "known-defects.md KD-02", "sli4-io.md 5.6" },
  covers     = { "XRI-09" },
  status     = "FYI",
  discussion = "On one CQ a port keeps the order; the reference wants the driver to cope with the other.",
  needs      = { "fault.port", "fault.target", "probe.cqe", "destroys.data" },
  setup      = { hba = { io_xris = 16, enable_rrq = 0 } },
  run = function(t)
    local ctrl = t:connect { entries = 32 }
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    for round = 1, 20 do                          -- more often than there are XRIs
      local hold = t.target:hold { opcode = "read", count = 1 }
      local early = t.xa:early { count = 1 }
      local read = ctrl:read { lba = 0, blocks = 8 }
      t:wait_us(50)
      t:mark()
      read:abort()
      t:expect_equal(read:wait { within_us = 1000000 }.status, "aborted", "command of round " .. round)
      t:expect_equal(early.hits, 1, "early XRI_ABORTED")
      t:expect_equal(t:count_cqes { code = "XRI_ABORTED" }, 1, "XRI_ABORTED for it")
      hold:release()
      t:wait_us(1000)
    end
    local counters = t.hba:counters()
    t:expect_equal(counters.xri_early, 20, "remembered")
    t:expect_equal(counters.xri_aborted_unknown, 0, "unknown")
    local reads = {}
    for i = 1, 13 do reads[i] = ctrl:read { lba = i, blocks = 1 } end
    for i = 1, 13 do
      t:expect_equal(reads[i]:wait { within_us = 100000 }.status, "ok", "read " .. i .. ": no XRI was lost")
    end
  end,
}
