-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "The XRI of a command aborted at one target serves the other one at once",
  references = { "sli4-io.md 5.1, 5.2", "known-defects.md KD-11" },
  covers     = { "XRI-15", "XRI-07" },
  needs      = { "fault.target", "probe.frame", "destroys.data" },
  setup      = { hba = { io_xris = 16 }, targets = { {}, {} } },
  run = function(t)
    local one, other = t:connect { target = 1 }, t:connect { target = 2 }
    t:expect_equal(other:write { lba = 0, blocks = 8 }:wait().status, "ok", "write")
    local hold = t.targets[1]:hold { opcode = "read", count = 1 }
    local read = one:read { lba = 0, blocks = 8 }
    local xri = read.xri
    t:wait_us(50)
    read:abort()
    t:expect_equal(read:wait { within_us = 1000000 }.status, "aborted", "status")
    hold:release()
    t:mark()
    for _ = 1, 40 do
      t:expect_equal(one:read { lba = 0, blocks = 1 }:wait().status, "ok", "read from the first target")
    end
    t:expect_equal(t:count_frames { from = "hba", type = "CMND", ox_id = xri }, 0, "uses towards the first target")
    for _ = 1, 40 do
      t:expect_equal(other:read { lba = 0, blocks = 1 }:wait().status, "ok", "read from the second target")
    end
    t:expect(t:count_frames { from = "hba", type = "CMND", ox_id = xri } > 0, "the second target gets the XRI")
  end,
}
