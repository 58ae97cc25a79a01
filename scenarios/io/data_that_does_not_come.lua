-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A read of which a data frame is lost, at its begin, in the middle or at its end, is not good; neither is its data",
  references = { "sli4-io.md 2.8 (pu), 3.2", "fc-wire.md 5.5" },
  covers     = { "IO-11" },
  needs      = { "fault.link", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    local connects = 1
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    for _, skip in ipairs { 0, 3, 7 } do
      local lost = t.frame:drop { type = "DATA", from = "target", skip = skip, count = 1 }
      local read = ctrl:read { lba = 0, blocks = 32, timeout_ms = 3000 }   -- 8 frames
      local result = read:wait { within_us = 60000000 }
      t:expect_equal(lost.hits, 1, "frames lost")
      t:expect(result and result.status ~= "ok", "frame " .. skip .. " lost: the read is not good")
      t:expect(t:wait_until(function() return ctrl.state == "live" end, 90000000), "the controller lives")
      local again = ctrl:read { lba = 0, blocks = 32 }
      t:expect_equal(again:wait().status, "ok", "the same read again")
      t:expect(again:matches(), "its data")
    end
    -- A lost frame of a write: the target waits for it, the host's time-out ends the command.
    local lost = t.frame:drop { type = "DATA", from = "hba", skip = 2, count = 1 }
    local write = ctrl:write { lba = 32, blocks = 32, seed = 8, timeout_ms = 3000 }
    local result = write:wait { within_us = 60000000 }
    t:expect_equal(lost.hits, 1, "frames lost")
    t:expect(result and result.status ~= "ok", "a write with a lost frame is not good")
    t:expect(t:wait_until(function() return ctrl.state == "live" end, 90000000), "the controller lives")
    write = ctrl:write { lba = 32, blocks = 32, seed = 8 }
    t:expect_equal(write:wait().status, "ok", "the same write again")
    local read = ctrl:read { lba = 32, blocks = 32 }
    t:expect_equal(read:wait().status, "ok", "read")
    t:expect(read:matches { seed = 8 }, "its data")
  end,
  limit_ms = 300000,
}
