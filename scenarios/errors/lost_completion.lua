-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A command whose completion the port lost comes back in bounded time, and the host works again",
  references = { "known-defects.md KD-33, A7", "sli4-port.md 8.2" },
  covers     = { "ERR-04", "RESET-02" },
  status     = "FYI",
  discussion = "The abort finds no exchange and the health command is answered: only a reset can tell what is left. How " ..
               "long a host waits before it is its own choice; a minute after the abort is enough.",
  needs      = { "fault.port", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local lost = t.cqe:withhold { code = "WQE", count = 1 }
    local read = ctrl:read { lba = 0, blocks = 8, timeout_ms = 5000 }
    local result = read:wait { within_us = 120000000 }
    t:expect_equal(lost.hits, 1, "completions lost")
    t:expect(result and result.status ~= "ok", "the command ends with an error")
    t:expect_equal(t.hba:counters().resets, 1, "resets")
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives again")
    read = ctrl:read { lba = 0, blocks = 64 }
    t:expect_equal(read:wait().status, "ok", "a read afterwards")
    t:expect(read:matches(), "its data")
  end,
  limit_ms = 300000,
}
