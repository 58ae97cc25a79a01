-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Noise costs synchronisation and what was on the wire; for less than R_T_TOV the link stays up and " ..
               "nobody logs in again, for longer it fails and comes back",
  references = { "fc-wire.md 1.2, 1.3, 1.7" },
  covers     = { "LINK-02", "LINK-04" },
  needs      = { "fault.link", "fault.word", "probe.model", "probe.frame" },
  limit_ms   = 600000,
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 500, ctrl_loss_ms = 300000 }
    local sync = t:probe { name = "link.sync_losses", port = 0 }
    t:mark()
    local noise = t.link:noise {}
    local io = ctrl:read { lba = 0, blocks = 8, timeout_ms = 1000 }
    t:wait_us(90000)
    noise:release()
    t:expect_equal(t:probe { name = "link.sync_losses", port = 0 }, sync + 1, "losses of sync")
    t:expect(io:wait { within_us = 60000000 }.status ~= "ok", "the data was lost in the noise")
    t:expect(ctrl:wait_state("live", 120000000), "the controller lives")
    t:expect_equal(t.hba:counters().link_down, 0, "link down events")
    t:expect_equal(t:count_frames { from = "hba", type = "FLOGI" }, 0, "logins to the fabric")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")

    noise = t.link:noise {}
    t:wait_us(98000)
    t:expect_equal(t:probe { name = "link.up", port = 0 }, 1, "up before R_T_TOV")
    t:wait_us(5000)
    t:expect_equal(t:probe { name = "link.up", port = 0 }, 0, "up after R_T_TOV")
    t:mark()
    noise:release()
    t:expect_frame { from = "hba", type = "FLOGI", within_us = 1000000 }
    t:expect(ctrl:wait_state("live", 120000000), "the controller lives")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read afterwards")
  end,
}
