-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A reset of the HBA returns every command once, touches no memory afterwards, and I/O " ..
               "works again",
  references = { "sli4-io.md 5.5, 8.10", "sli4-port.md 2.10, 8.3" },
  covers     = { "RESET-01", "XRI-06", "LS-05" },
  needs      = { "fault.target", "probe.frame", "probe.cqe", "destroys.data" },
  run = function(t)
    local ctrl = t:connect { entries = 64 }
    t:expect_equal(ctrl:write { lba = 0, blocks = 2048, seed = 5 }:wait().status, "ok", "write")
    t.target:hold { opcode = "read", count = 8 }
    local ios = {}
    for i = 1, 8 do
      ios[i] = ctrl:read { lba = i * 8, blocks = 8 }
    end
    t:wait_us(50)
    for i = 9, 16 do                             -- these have data on the way
      ios[i] = ctrl:read { lba = i, blocks = 1024 }
    end
    t:wait_us(30)
    t:mark()
    t:expect_equal(t.hba:reset(), "0", "the reset")
    for i = 1, 16 do
      local status = ios[i]:wait { within_us = 5000000 }.status
      t:expect(status == "lost" or status == "aborted", "read " .. i .. " ended: " .. status)
    end
    t:expect_no_cqe { code = "XRI_ABORTED" }
    t:expect_frame { from = "hba", type = "FLOGI", within_us = 10000000 }
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives again")
    t:expect_equal(ctrl:info().connects, 2, "associations made")
    t:expect_equal(t.hba:counters().resets, 1, "resets")
    local r = ctrl:read { lba = 0, blocks = 2048 }
    t:expect_equal(r:wait().status, "ok", "a read afterwards")
    t:expect(r:matches { seed = 5 }, "its data")
  end,
}
