-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "When only one direction of the cable is dark, both ends take the link down; when light is back, it " ..
               "comes up and the path works again",
  references = { "fc-wire.md 1.7" },
  covers     = { "LINK-02" },
  needs      = { "fault.link", "probe.model" },
  limit_ms   = 600000,
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 500, ctrl_loss_ms = 300000 }
    for n, peer in ipairs { false, true } do
      local lost = t:probe { name = "link.signal_losses", port = 0, peer = peer }
      local other = t:probe { name = "link.signal_losses", port = 0, peer = not peer }
      local downs = t.hba:counters().link_down
      t.link:lose_signal { us = 50000, peer = peer }
      t:expect(t:wait_until(function() return t:probe { name = "link.up", port = 0 } == 0 end, 1000), "it goes down")
      t:wait_us(40000)
      t:expect_equal(t:probe { name = "link.up", port = 0 }, 0, "up while dark")
      t:expect(t:wait_until(function() return t:probe { name = "link.up", port = 0 } == 1 end, 200000), "it comes up")
      t:expect(ctrl:wait_state("live", 120000000), "the controller lives")
      t:expect_equal(t.hba:counters().link_down, downs + 1, "link down events")
      t:expect_equal(t:probe { name = "link.signal_losses", port = 0, peer = peer }, lost + 1, "losses of signal")
      t:expect_equal(t:probe { name = "link.signal_losses", port = 0, peer = not peer }, other,
                     "losses of signal of the other end")
      t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read, " .. n)
    end
  end,
}
