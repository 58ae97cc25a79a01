-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A reset that the host asks for, under I/O: every command comes back once, the controller " ..
               "lives again",
  references = { "sli4-io.md 5.5, 8.10", "sli4-port.md 2.10, 8.3" },
  covers     = { "RESET-04", "XRI-06" },
  needs      = { "probe.cqe" },
  discussion = "Needs no fault and no trace of frames. How many reads end before the reset is the port's " ..
               "business.",
  run = function(t)
    local ctrl = t:connect { entries = 64, reconnect_delay_ms = 100 }
    local reads = {}
    for i = 1, 16 do reads[i] = ctrl:read { lba = 64 * i, blocks = 64 } end
    t:mark()
    t:expect_equal(t.hba:reset(), "0", "the reset")
    for i = 1, 16 do
      local status = reads[i]:wait { within_us = 10000000 }.status
      t:expect(status == "ok" or status == "lost" or status == "aborted", "read " .. i .. " ended: " .. status)
    end
    t:expect_no_cqe { code = "XRI_ABORTED" }
    t:expect(t:wait_until(function() return ctrl:info().connects == 2 end, 60000000), "a second association")
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives again")
    t:expect_equal(t.hba:counters().resets, 1, "resets")
    t:expect_equal(ctrl:read { lba = 0, blocks = 64 }:wait().status, "ok", "a read afterwards")
  end,
}
