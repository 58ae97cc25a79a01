-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "The link comes up once, with the speed of the wire, and the fabric login follows",
  references = { "sli4-port.md 6.8", "fc-wire.md 3" },
  covers     = { "LINK-01", "DISC-01" },
  needs      = { "probe.frame", "probe.model" },
  setup      = { speed = 16 },
  run = function(t)
    t:bring_up()
    t:expect_equal(t.hba.state, "link_down", "state before the link is up")
    t:expect_equal(t:count_frames { from = "hba" }, 0, "frames before the link is up")
    t:expect(t:wait_until(function() return t.hba.state == "link_up" end, 5000000), "the link comes up")
    t:expect_frame { from = "hba", type = "FLOGI", d_id = 0xfffffe, within_us = 5000000 }
    t:login {}
    local wire = t:probe { name = "link.speed", port = 0 }
    t:expect(wire == 8 or wire == 16 or wire == 32, "the wire runs at " .. wire .. " Gbit/s")
    t:expect_equal(t.hba:limits().speed_gbit, wire, "speed that the driver was told")
    t:expect_equal(t.hba:counters().link_up, 1, "link up events")
    t:expect_equal(t.hba:counters().link_down, 0, "link down events")
    t:expect(t.hba:limits().port_id ~= 0, "an address was assigned")
    t:wait_us(1000000)
    t:expect_equal(t:count_frames { from = "hba", type = "FLOGI" }, 1, "FLOGI sent")
  end,
}
