-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An aborted read keeps its XRI out of use until the port reports XRI_ABORTED",
  references = { "sli4-io.md 5.1, 8.6" },
  covers     = { "XRI-01", "XRI-02", "ABTS-01", "ABTS-08" },
  needs      = { "fault.target", "probe.frame", "probe.cqe", "probe.wqe" },
  setup      = { hba = { io_xris = 16 } },
  run = function(t)
    local ctrl = t:connect()
    t.target:hold { opcode = "read", count = 1 }
    local io = ctrl:read { lba = 0, blocks = 8 }
    local xri = io.xri
    t:wait_us(50)
    t:mark()
    io:abort()
    t:expect_frame { from = "hba", type = "ABTS", ox_id = xri, within_us = 20 }
    local reads = {}
    for i = 1, 16 do               -- more than there are other XRIs: whatever comes free goes out at once
      reads[i] = ctrl:read { lba = 8 * i, blocks = 8 }
    end
    t:expect_cqe { code = "XRI_ABORTED", xri = xri, within_us = 1000 }
    t:expect_equal(t:count_wqes { command = "FCP_IREAD64", xri = xri }, 0, "reads with its XRI until then")
    t:expect_equal(io:wait().status, "aborted", "status")
    for i = 1, 16 do
      t:expect_equal(reads[i]:wait().status, "ok", "read " .. i)
    end
  end,
}
