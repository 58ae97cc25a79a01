-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A command whose XRI_ABORTED does not come stays with the driver until the link is lost",
  references = { "sli4-io.md 5.1, 5.4, 5.5", "known-defects.md KD-08" },
  covers     = { "XRI-01", "ABTS-08", "LINK-02" },
  needs      = { "fault.target", "fault.port", "fault.link", "probe.frame", "probe.cqe" },
  run = function(t)
    local ctrl = t:connect()
    local hold = t.target:hold { opcode = "read", count = 1 }
    local withheld = t.xa:withhold()
    local io = ctrl:read { lba = 0, blocks = 8 }
    local xri = io.xri
    t:wait_us(50)
    t:mark()
    io:abort()
    t:expect_frame { from = "target", type = "BA_ACC", ox_id = xri, within_us = 100 }
    t:expect_cqe { code = "WQE", status = 3, reason = 0x16, xb = true, within_us = 100 }
    t:wait_us(5000)
    t:expect(not io.done, "the command is not done while the port holds the exchange")
    t:expect_no_cqe { code = "XRI_ABORTED" }
    t.link:bounce { down_us = 2000 }
    t:expect(io:wait { within_us = 5000000 }.status ~= "ok", "the command is returned as failed")
    t:expect_no_cqe { code = "XRI_ABORTED" }
    withheld:release()
    hold:release()
    t:expect_cqe { code = "XRI_ABORTED", xri = xri, within_us = 60000000 }
    t:expect(ctrl:wait_state("live", 60000000), "the association is made again")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "read")
  end,
}
