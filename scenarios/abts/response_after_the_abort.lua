-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A response that comes after BA_ACC is dropped: no second completion, and the next " ..
               "command is not touched",
  references = { "sli4-io.md 5.4, 5.7", "fc-wire.md 6.1, 6.2" },
  covers     = { "ABTS-02", "XRI-01" },
  needs      = { "fault.target", "probe.frame", "probe.cqe", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    t.target:late { opcode = "read", count = 1, ns = 5000 }
    local io = ctrl:read { lba = 0, blocks = 8 }
    t:wait_us(50)
    local xri = io.xri
    t:mark()
    io:abort()
    t:expect_frame { from = "target", type = "BA_ACC", ox_id = xri, within_us = 100 }
    t:expect_equal(io:wait { within_us = 1000 }.status, "aborted", "the read")
    local response = t:wait_until(function()
      return t:count_frames { from = "target", type = "RSP", ox_id = xri }
           + t:count_frames { from = "target", type = "ERSP", ox_id = xri } > 0
    end, 1000)
    t:expect(response, "the late response is on the wire")
    local next_one = ctrl:read { lba = 0, blocks = 64 }
    t:expect_equal(next_one:wait().status, "ok", "the next read")
    t:expect(next_one:matches(), "its data")
    t:wait_us(1000)
    t:expect_equal(t:count_cqes { code = "WQE", status = 0 } + t:count_cqes { code = "ERSP" }, 2,
                   "good completions: of the abort and of the next read")
    t:expect_equal(t:count_cqes { code = "XRI_ABORTED", xri = xri }, 1, "XRI_ABORTED")
  end,
}
