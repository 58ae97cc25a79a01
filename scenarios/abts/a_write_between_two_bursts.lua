-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A write that is aborted between two bursts sends no more data, and the same blocks " ..
               "can be written again",
  references = { "sli4-io.md 5.7, 8.4, 8.6", "fc-wire.md 6.1" },
  covers     = { "ABTS-01", "ABTS-02" },
  needs      = { "fault.link", "probe.frame", "probe.cqe", "destroys.data" },
  setup      = { targets = { { burst_bytes = 65536 } } },
  run = function(t)
    local ctrl = t:connect()
    local lost = t.frame:drop { type = "XFER_RDY", from = "target", skip = 1, count = 1 }
    t:mark()
    local io = ctrl:write { lba = 0, blocks = 512, seed = 1000 }
    t:expect_frame { from = "hba", type = "DATA", count = 32, within_us = 1000 }
    t:wait_us(500)
    t:expect_equal(lost.hits, 1, "second XFER_RDY lost")
    t:expect_equal(t:count_frames { from = "hba", type = "DATA" }, 32, "data frames of one burst of 64 KiB")
    t:expect(not io.done, "the write waits")
    local xri = io.xri
    t:mark()
    io:abort()
    t:expect_frame { from = "hba", type = "ABTS", ox_id = xri, within_us = 20 }
    t:expect_cqe   { code = "XRI_ABORTED", xri = xri, within_us = 1000 }
    t:expect_equal(io:wait { within_us = 1000 }.status, "aborted", "the write")
    t:expect_no_frame { from = "hba", type = "DATA", ox_id = xri }
    t:expect_equal(ctrl:write { lba = 0, blocks = 512, seed = 2000 }:wait().status, "ok", "the write again")
    local r = ctrl:read { lba = 0, blocks = 512 }
    t:expect_equal(r:wait().status, "ok", "read")
    t:expect(r:matches { seed = 2000 }, "the data of the second write")
  end,
}
