-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Within device-loss time the remote port is the same when it is back; after it the port " ..
               "is deleted, and found again as a new one",
  references = { "sli4-io.md 7.3", "known-defects.md KD-37, KD-49" },
  covers     = { "LINK-07", "DISC-06" },
  needs      = { "fault.link", "probe.frame", "probe.model" },
  setup      = { hba = { dev_loss_tmo_s = 10 } },
  limit_ms   = 600000,
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 1000, ctrl_loss_ms = 500000 }
    local function deletions() return t:count_events { type = "RPORT", a = 2 } end
    t:mark()
    for _, side in ipairs { t.link, t.target_link } do
      local cut = side:down()
      t:wait_us(8000000)
      cut:release()
      t:expect(ctrl:wait_state("live", 60000000), "the controller lives after 8 of 10 s")
      t:expect_equal(deletions(), 0, "deletions")
      t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
    end
    for round, side in ipairs { t.link, t.target_link } do
      local cut, start = side:down(), t:now_us()
      t:expect(t:wait_until(function() return deletions() == round end, 20000000), "the port is deleted")
      local took = (t:now_us() - start) / 1000000
      t:expect(took > 9 and took < 11.5, string.format("after %.3f s", took))
      t:wait_us(5000000)
      cut:release()
      t:expect(t:wait_until(function() return t:online {} end, 30000000), "it is found again")
      ctrl = t:connect { reconnect_delay_ms = 1000, ctrl_loss_ms = 500000 }
      t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
    end
    t:expect_equal(deletions(), 2, "deletions in the end")
  end,
}
