-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A link that flaps, faster and slower than a login takes, leaves one login and one " ..
               "registration, and I/O goes on",
  references = { "sli4-port.md 6.8", "sli4-io.md 5.5" },
  covers     = { "LINK-02", "LINK-03" },
  needs      = { "fault.link", "probe.frame", "probe.model", "destroys.data" },
  setup      = { port = { rpi_count = 6 }, hba = { els_xris = 16 } },
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 500 }
    local ups = t.hba:counters().link_up
    t:mark()
    for _, period in ipairs { 100, 6000, 7000, 20000, 200000 } do
      local io = ctrl:write { lba = 0, blocks = 256, seed = period }
      t:wait_us(10)
      t.link:bounce { down_us = 50, up_us = period, times = 20 }
      t:wait_us(20 * (period + 50) + 1000)
      if not io.refused then io:wait { within_us = 10000000 } end
      t:expect(ctrl:wait_state("live", 60000000), "the controller lives after flaps of " .. period .. " us")
      t:expect(t:online {}, "the target is registered")
      t:expect_equal(t:probe { name = "target.logins" }, 1, "logins at the target")
      t:expect_equal(t:probe { name = "target.associations" }, 1, "associations")
      t:expect_equal(t:probe { name = "fabric.n_ports" }, 2, "ports in the fabric")
      t:expect_equal(ctrl:write { lba = 0, blocks = 256, seed = period + 1 }:wait().status, "ok", "a write")
      local r = ctrl:read { lba = 0, blocks = 256 }
      t:expect_equal(r:wait().status, "ok", "a read")
      t:expect(r:matches { seed = period + 1 }, "its data")
    end
    t:expect_equal(t.hba:counters().link_up - ups, t:count_events { type = "LINK_STATE", port = 0, a = 1 },
                   "every time that the link came up was told")
  end,
}
