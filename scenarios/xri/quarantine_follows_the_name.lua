-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "The quarantine of an XRI is of the port that was aborted at, not of its address, and ends although that port is gone",
  references = { "known-defects.md KD-11", "sli4-io.md 5.2" },
  covers     = { "XRI-15", "XRI-07" },
  status     = "FYI",
  discussion = "A new login ends all exchanges, so a driver may lift the quarantine with it; ours keeps it. What must not be " ..
               "is a quarantine that outlives its target, or hits whoever has the address now.",
  needs      = { "fault.target", "fault.fabric", "probe.frame", "destroys.data" },
  setup      = { hba = { io_xris = 16, dev_loss_tmo_s = 2 }, targets = { {}, {} } },
  run = function(t)
    local one, other = t:connect { target = 1 }, t:connect { target = 2 }
    t:expect_equal(other:write { lba = 0, blocks = 8 }:wait().status, "ok", "write")
    local r_a_tov_us = t.hba:limits().r_a_tov_ms * 1000
    local did = t.hba:node { target = 1 }.did
    local hold = t.targets[1]:hold { opcode = "read", count = 1 }
    local read = one:read { lba = 0, blocks = 8 }
    local xri = read.xri
    t:wait_us(50)
    read:abort()
    t:expect_equal(read:wait { within_us = 1000000 }.status, "aborted", "status")
    hold:release()
    local from = t:now_us()
    t.fabric:swap { a = 0, b = 1 }
    t:wait_us(500000)
    t:expect(t:wait_until(function()
      local node = t:online { target = 2 } and t.hba:node { target = 2 }
      return node and node.did == did and other.state == "live"
    end, 8000000), "the second target has the address of the first")
    t:mark()
    for _ = 1, 40 do
      t:expect_equal(other:read { lba = 0, blocks = 1 }:wait().status, "ok", "read from the second target")
    end
    t:expect(t:count_frames { from = "hba", type = "CMND", ox_id = xri } > 0, "it gets the XRI: it is another port")
    t:expect(t:now_us() - from < r_a_tov_us, "within R_A_TOV of the abort")
    -- The first one goes for good before its quarantine ends.
    t.targets[1]:gone {}
    t:wait_us(r_a_tov_us + 3000000)
    t:expect(not t:online { target = 1 }, "the first target is given up")
    for i = 1, 64 do
      t:expect_equal(other:read { lba = 0, blocks = 1 }:wait().status, "ok", "read " .. i)
    end
  end,
}
