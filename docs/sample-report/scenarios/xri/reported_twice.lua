-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Sample of a failure: a port that reports XRI_ABORTED twice for the same exchange",
  references = { "sli4-io.md 5.6" },
  covers     = { "XRI-01", "XRI-10" },
  discussion = "The defect is put into the model on purpose and not announced: the exchange ledger finds it.",
  needs      = { "fault.port", "fault.target", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t.target:hold { opcode = "read", count = 1 }
    t.xa:dup { count = 1 }
    local read = ctrl:read { lba = 0, blocks = 8 }
    t:wait_us(50)
    t:mark()
    read:abort()
    t:expect_equal(read:wait().status, "aborted", "the read")
    t:wait_us(200)
    t:expect_equal(ctrl:write { lba = 0, blocks = 8 }:wait().status, "ok", "a write afterwards")
  end,
}
