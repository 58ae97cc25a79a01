-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Sample of a failure: the same defect of a port, met by another scenario, stands in the same bucket",
  references = { "sli4-io.md 5.6" },
  covers     = { "ABTS-08", "XRI-10" },
  discussion = "Four aborts at once; the port reports the end of one of the exchanges twice.",
  needs      = { "fault.port", "fault.target", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    local reads = {}
    t.target:hold { opcode = "read", count = 4 }
    t.xa:dup { count = 1 }
    for i = 1, 4 do reads[i] = ctrl:read { lba = i, blocks = 1 } end
    t:wait_us(50)
    t:mark()
    for i = 1, 4 do reads[i]:abort() end
    for i = 1, 4 do t:expect_equal(reads[i]:wait().status, "aborted", "read " .. i) end
    t:wait_us(200)
  end,
}
