-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "With the link down commands are ended by aborts that ask for no ABTS, and none is " ..
               "sent when it is back",
  references = { "sli4-io.md 2.9, 5.5, 8.9" },
  covers     = { "ABTS-06" },
  needs      = { "fault.target", "fault.link", "probe.frame", "probe.wqe", "probe.cqe" },
  run = function(t)
    local ctrl = t:connect()
    t.target:hold { opcode = "read", count = 4 }
    local ios, xris = {}, {}
    for i = 1, 4 do
      ios[i] = ctrl:read { lba = 8 * i, blocks = 8 }
      xris[i] = ios[i].xri
    end
    t:wait_us(50)
    t:mark()
    local cut = t.link:down()
    for i = 1, 4 do
      t:expect_wqe { command = "ABORT_XRI", abort_tag = xris[i], ia = 1, within_us = 1000000 }
      t:expect_cqe { code = "WQE", status = 3, reason = 0x16, within_us = 1000000 }
      local result = ios[i]:wait { within_us = 1000000 }
      t:expect(result.status == "lost" or result.status == "aborted", "read " .. i .. " is " .. result.status)
    end
    t:expect_no_wqe { command = "ABORT_XRI", ia = 0 }
    cut:release()
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives again")
    for i = 1, 4 do
      t:expect_no_frame { from = "hba", type = "ABTS", ox_id = xris[i] }
    end
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read afterwards")
  end,
}
