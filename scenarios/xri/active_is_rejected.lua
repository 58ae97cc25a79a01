-- SPDX-License-Identifier: BSD-2-Clause
local LOCAL_REJECT, NO_XRI = 3, 0x05

scenario {
  purpose    = "A WQE that names the XRI of a command under way is rejected, and that command is not harmed",
  references = { "sli4-io.md 2.14, 5.1" },
  covers     = { "XRI-08", "XRI-01" },
  status     = "FYI",
  discussion = "The reason code is inferred; the command that owns the XRI must go on in any case.",
  needs      = { "fault.target", "probe.frame", "probe.model", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 8 }:wait().status, "ok", "write")
    local hold = t.target:hold { opcode = "read", count = 1 }
    local read = ctrl:read { lba = 0, blocks = 8 }
    local xri = read.xri
    t:wait_us(100)
    local active = t:probe { name = "port.xri_active" }
    local words = {}
    for i = 1, 32 do words[i] = 0 end
    words[4] = 116                 -- W3: payload length
    words[6] = 0xfffffe            -- W5: D_ID
    words[7] = xri
    words[8] = 2 << 16 | 0x8a << 8 | 1 << 2 -- W7: class 3, ELS_REQUEST64, context is a VPI
    words[12] = 0xffff << 16 | 0x0c
    t:allow { rule = "XRI-REUSE", id = string.format("XRI 0x%04x", xri) }
    t:mark()
    local cqe = t.hba:wqe { words = words, queue = "els" }:wait { within_us = 1000 }
    t:expect_equal(cqe.status, LOCAL_REJECT, "status")
    t:expect_equal(cqe.reason, NO_XRI, "reason")
    t:expect_equal(cqe.xb, false, "exchange busy")
    t:expect_no_frame { from = "hba", ox_id = xri, for_us = 1000 }
    t:expect(not read.done, "the command goes on")
    t:expect_equal(t:probe { name = "port.xri_active" }, active, "active exchanges")
    hold:release()
    t:expect_equal(read:wait { within_us = 1000 }.status, "ok", "the command that owns the XRI")
    t:expect(read:matches(), "its data")
  end,
}
