-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A completion entry whose valid bit is wrong blocks its queue; the host resets the port and works again",
  references = { "sli4-port.md 6.5, 8.2" },
  covers     = { "ERR-04", "RESET-02" },
  status     = "FYI",
  discussion = "Nothing behind the entry can be seen, abort completions neither.",
  needs      = { "fault.port", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local bad = t.cqe:invalid { code = "WQE", count = 1 }
    local reads = {}
    for i = 1, 6 do reads[i] = ctrl:read { lba = i, blocks = 1, timeout_ms = 5000 } end
    for i = 1, 6 do
      local result = reads[i]:wait { within_us = 120000000 }
      t:expect(result and result.status ~= "ok", "read " .. i .. " ends with an error")
    end
    t:expect_equal(bad.hits, 1, "entries without a valid bit")
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives again")
    local read = ctrl:read { lba = 0, blocks = 64 }
    t:expect_equal(read:wait().status, "ok", "a read afterwards")
    t:expect(read:matches(), "its data")
    t:expect_equal(t.hba:counters().resets, 1, "resets")
  end,
  limit_ms = 300000,
}
