-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An entry of which only the valid bit is new ends no command a second time; the command that it hides comes back",
  references = { "known-defects.md KD-18, table 1 (cqe.stale)", "sli4-port.md 6.5" },
  covers     = { "ERR-04", "ERR-01" },
  status     = "FYI",
  discussion = "The words before it are those of an entry a lap ago, whose tag may serve another command by now.",
  needs      = { "fault.port", "destroys.data" },
  setup      = { hba = { cq_depth = 256, io_xris = 16 } },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    for i = 1, 300 do ctrl:flush {}:wait() end    -- more than a lap
    local stale = t.cqe:stale { code = "WQE", count = 1 }
    t:allow { rule = "TAG-UNKNOWN", count = 1 }
    local read
    for _ = 1, 4 do
      if stale.hits == 1 then break end
      read = ctrl:read { lba = 0, blocks = 8, timeout_ms = 3000 }
      read:wait { within_us = 1000, try = true }
    end
    t:expect_equal(stale.hits, 1, "stale entries")
    local result = read:wait { within_us = 120000000 }
    t:expect(result and result.status ~= "ok", "the command whose entry was hidden is returned with an error")
    t:expect(t:wait_until(function() return ctrl.state == "live" end, 90000000), "the controller lives")
    read = ctrl:read { lba = 0, blocks = 64 }
    t:expect_equal(read:wait().status, "ok", "a read afterwards")
    t:expect(read:matches(), "its data")
  end,
  limit_ms = 300000,
}
