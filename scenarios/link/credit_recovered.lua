-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Where both logins offer BB_SC_N, R_RDYs and frames that are lost on the wire cost no credit for " ..
               "good: I/O goes on at full rate and the link is never reset",
  references = { "fc-wire.md 1.8" },
  covers     = { "LINK-05" },
  needs      = { "fault.link", "probe.model", "probe.frame", "destroys.data" },
  setup      = { bb_sc_n = 3 },
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 500, ctrl_loss_ms = 300000 }
    local resets = t:probe { name = "link.credit_resets", port = 0 }
    local usual
    local function full_rate(what)
      t:expect_equal(ctrl:read { lba = 0, blocks = 256, timeout_ms = 20000 }:wait().status, "ok", what)
      local start = t:now_us()
      t:expect_equal(ctrl:read { lba = 0, blocks = 2048, timeout_ms = 20000 }:wait { within_us = 30000000 }.status,
                     "ok", what)
      local took = t:now_us() - start
      usual = usual or took
      t:expect(took < 1.1 * usual, string.format("%s: %.0f us, it was %.0f us", what, took, usual))
    end
    full_rate("before")
    -- R_RDYs of the host, a few at a time, far more in all than the switch has credit.
    for round = 1, 20 do
      t.link:garble { what = "r_rdy", count = 5, peer = true }
      t:expect_equal(ctrl:read { lba = 0, blocks = 256, timeout_ms = 20000 }:wait { within_us = 30000000 }.status,
                     "ok", "read " .. round)
    end
    full_rate("after 100 lost R_RDYs")
    -- Frames without SOF: their senders' credit comes back with BB_SCs.
    for round = 1, 6 do
      t.frame:bit_error { type = "DATA", from = "hba", word = 0, bit = 3, count = 3 }
      ctrl:write { lba = 0, blocks = 256, timeout_ms = 500 }:wait { within_us = 60000000 }
      t:expect(ctrl:wait_state("live", 60000000), "the controller lives")
    end
    full_rate("after 18 lost frames")
    t:expect_equal(t:probe { name = "link.credit_resets", port = 0 }, resets, "link resets")
    t:expect_equal(t:probe { name = "link.failures", port = 0 }, 0, "link failures")
  end,
}
