-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "BA_RJT ends the exchange as BA_ACC does: the command is aborted, the XRI comes back " ..
               "with BR set",
  references = { "sli4-io.md 3.5, 5.4, 5.7", "fc-wire.md 6.1" },
  covers     = { "ABTS-05", "ABTS-08" },
  needs      = { "fault.target", "probe.frame", "probe.cqe" },
  run = function(t)
    local ctrl = t:connect()
    t.target:hold { opcode = "read", count = 1 }
    t.target:ba_rjt { count = 1, reason = 9, explanation = 3 }
    local io = ctrl:read { lba = 0, blocks = 8 }
    t:wait_us(50)
    local xri = io.xri
    t:mark()
    io:abort()
    t:expect_frame { from = "target", type = "BA_RJT", ox_id = xri, bytes = string.pack(">I4", 0x00090300),
                     within_us = 100 }
    t:expect_cqe   { code = "XRI_ABORTED", xri = xri, status = 0, br = 1, within_us = 1000 }
    t:expect_equal(io:wait { within_us = 1000 }.status, "aborted", "the read")
    t:wait_us(1000)
    t:expect_equal(t:count_frames { from = "hba", type = "ABTS" }, 1, "ABTS sent")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read afterwards")
    t:expect_equal(ctrl.state, "live", "the controller")
  end,
}
