-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A completion entry that cannot be written where it belongs is a port error, from which everything recovers",
  references = { "sli4-port.md 8.1, 8.2" },
  covers     = { "ERR-07", "RESET-02" },
  status     = "FYI",
  discussion = "That it ends in a port error is what our port does; a real one may fall silent, which is reset.port_that_falls_silent.",
  needs      = { "fault.port", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    t:allow { rule = "DMA-UNMAPPED", count = 1 }
    local wrong = t.cqe:misplace { code = "WQE", bytes = 1 << 45, count = 1 }
    local reads = {}
    for i = 1, 4 do reads[i] = ctrl:read { lba = i, blocks = 8 } end
    for i = 1, 4 do t:expect(reads[i]:wait { within_us = 60000000 }, "read " .. i .. " is returned") end
    t:expect_equal(wrong.hits, 1, "wrong addresses")
    t:expect(t:wait_until(function() return t.hba:counters().resets == 1 end, 60000000), "reset")
    t:expect(t:wait_until(function() return ctrl:info().connects == 2 end, 90000000), "connected again")
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives again")
    local read = ctrl:read { lba = 0, blocks = 64 }
    t:expect_equal(read:wait().status, "ok", "a read afterwards")
    t:expect(read:matches(), "its data")
  end,
}
