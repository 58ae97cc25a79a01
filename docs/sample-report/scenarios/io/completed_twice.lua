-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Sample of a failure: a port that writes the completion of a command twice",
  references = { "known-defects.md KD-18" },
  covers     = { "ERR-01", "IO-01" },
  discussion = "The command ends once and its data is right: only the checker of request tags sees the second entry.",
  needs      = { "fault.port", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    t.cqe:dup { code = "WQE", count = 1 }
    t:mark()
    local read = ctrl:read { lba = 0, blocks = 8 }
    t:expect_equal(read:wait().status, "ok", "read")
    t:expect(read:matches(), "its data")
    t:wait_us(100)
  end,
}
