-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An XRI is not used again while the abort of its last command has no completion: the abort could hit the next",
  references = { "known-defects.md KD-02", "sli4-io.md 8.7" },
  covers     = { "XRI-12" },
  needs      = { "fault.port", "fault.target", "probe.wqe", "probe.cqe", "destroys.data" },
  setup      = { hba = { io_xris = 8, enable_rrq = 0 } },
  run = function(t)
    local ctrl = t:connect { entries = 32 }
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local hold = t.target:hold { opcode = "read", count = 1 }
    local read = ctrl:read { lba = 0, blocks = 8 }
    local xri = read.xri
    t:wait_us(50)
    t:mark()
    local abort_tag
    t.abort:nocqe { count = 1 }
    read:abort()
    t:expect_equal(read:wait { within_us = 1000000 }.status, "aborted", "the command ends")
    hold:release()
    t:mark()
    for i = 1, 32 do
      t:expect_equal(ctrl:read { lba = i, blocks = 1 }:wait().status, "ok", "read " .. i)
    end
    t:expect_equal(t:count_wqes { command = "FCP_IREAD64", xri = xri }, 0, "uses of the XRI")
    t:expect_equal(t:count_wqes { command = "ABORT_XRI" }, 0, "further aborts")
  end,
}
