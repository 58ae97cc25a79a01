-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "While one end sends NOS and nothing else the link stays down, for however long; when it stops, the " ..
               "link comes up, the HBA logs in again and I/O goes on",
  references = { "fc-wire.md 1.7" },
  covers     = { "LINK-02" },
  needs      = { "fault.link", "probe.model", "probe.frame" },
  limit_ms   = 600000,
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 500, ctrl_loss_ms = 300000 }
    for _, peer in ipairs { true, false } do
      local stuck = t.link:stuck_nos { peer = peer }
      t:wait_us(700000)
      t:expect_equal(t:probe { name = "link.up", port = 0 }, 0, "up while one end sends NOS")
      t:expect(ctrl.state ~= "live", "the controller has lost its path: " .. ctrl.state)
      t:mark()
      stuck:release()
      t:expect_frame { from = "hba", type = "FLOGI", within_us = 1000000 }
      t:expect(ctrl:wait_state("live", 120000000), "the controller lives")
      t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
    end
  end,
}
