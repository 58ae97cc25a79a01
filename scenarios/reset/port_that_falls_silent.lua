-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A port that stops without an error is found out when aborts have no effect, and is reset once",
  references = { "known-defects.md KD-33", "sli4-port.md 8.1" },
  covers     = { "RESET-07", "RESET-02" },
  status     = "FYI",
  discussion = "How a host finds out is its own choice; that it does, in bounded time, is the contract.",
  needs      = { "fault.port", "destroys.data" },
  setup      = { hba = { mbox_timeout_ms = 5000 } },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local reads = {}
    t.port:freeze()
    for i = 1, 6 do reads[i] = ctrl:read { lba = i, blocks = 1, timeout_ms = 1000 } end
    for i = 1, 6 do
      local result = reads[i]:wait { within_us = 90000000 }
      t:expect(result and result.status ~= "ok", "read " .. i .. " is returned")
    end
    t:expect_equal(t.hba:counters().resets, 1, "resets")
    t:expect(ctrl:wait_state("live", 90000000), "the controller lives again")
    local read = ctrl:read { lba = 0, blocks = 64 }
    t:expect_equal(read:wait().status, "ok", "a read afterwards")
    t:expect(read:matches(), "its data")
  end,
  limit_ms = 300000,
}
