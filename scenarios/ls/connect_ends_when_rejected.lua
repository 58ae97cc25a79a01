-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A rejected Create Association ends the connect; when the target accepts, a new one succeeds",
  references = { "fc-wire.md 5.2, 5.3" },
  covers     = { "LS-02", "LS-05" },
  needs      = { "fault.target", "probe.frame", "probe.model" },
  run = function(t)
    t:login { target = 1 }
    local reject = t.target:ls_reject { ls = "create_association", reason = 0x43 }
    t:mark()
    local ctrl, reason = t:connect { reconnect_delay_ms = 500, ctrl_loss_ms = 2000, within_us = 20000000,
                                     try = true }
    t:expect(not ctrl, "there is no controller")
    t:expect(reason and #reason > 0, "a reason is given: " .. tostring(reason))
    t:expect(reject.hits >= 1, "the target rejected")
    t:expect_equal(t:count_frames { from = "target", type = "LS_RSP" }, reject.hits, "answers, each a reject")
    t:expect_no_frame { from = "hba", type = "CMND" }
    t:expect_equal(t:probe { name = "target.associations" }, 0, "associations at the target")
    reject:release()
    t:expect_equal(t:connect():read { lba = 0, blocks = 8 }:wait().status, "ok", "read after a good connect")
  end,
}
