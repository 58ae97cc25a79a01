-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An aborted read keeps its XRI out of use until the port reports XRI_ABORTED",
  references = { "sli4-io.md 5.1, 8.6" },
  covers     = { "XRI-01", "XRI-02", "ABTS-01", "ABTS-08" },
  needs      = { "fault.target", "probe.frame", "probe.cqe" },
  run = function(t)
    local ctrl = t:connect()
    t.target:hold { opcode = "read", count = 1 }
    local io = ctrl:read { lba = 0, blocks = 8 }
    t:wait_us(50)
    t:mark()
    io:abort()
    t:expect_frame { from = "hba", type = "ABTS", ox_id = io.xri, within_us = 20 }
    t:expect_cqe { code = "XRI_ABORTED", xri = io.xri, within_us = 1000 }
    t:expect_equal(io:wait().status, "aborted", "status")
  end,
}
