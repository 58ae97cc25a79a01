-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An event entry whose valid bit is wrong is told of again and again and hides those behind it: the host resets the port and works again",
  references = { "sli4-port.md 6.4, 7, 8.2" },
  covers     = { "ERR-05", "ERR-04", "RESET-02" },
  status     = "FYI",
  discussion = "The port raises an interrupt each time the EQ is armed, because for it the entry is there.",
  needs      = { "fault.port", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local bad = t.eqe:invalid { count = 1 }
    local began = t:now_us()
    local reads = {}
    for i = 1, 4 do reads[i] = ctrl:read { lba = i, blocks = 1 } end
    for i = 1, 4 do t:expect(reads[i]:wait { within_us = 60000000 }, "read " .. i .. " comes back") end
    t:expect(t:wait_until(function() return t.hba:counters().resets == 1 end, 60000000), "the port was reset")
    t:expect(t:now_us() - began < 2000000, "it took " .. (t:now_us() - began) // 1000 .. " ms")
    t:expect_equal(bad.hits, 1, "entries without a valid bit")
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives again")
    local read = ctrl:read { lba = 0, blocks = 64 }
    t:expect_equal(read:wait().status, "ok", "a read afterwards")
    t:expect(read:matches(), "its data")
    t:expect_equal(t.hba:counters().resets, 1, "resets")
  end,
  limit_ms = 300000,
}
