-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "With hardly more RPIs than ports, targets come and go a hundred times and more: no RPI " ..
               "is lost or used while it is being given up",
  references = { "sli4-port.md 5.1", "known-defects.md KD-38" },
  covers     = { "DISC-06", "DISC-14" },
  needs      = { "fault.link", "fault.target", "probe.frame", "probe.model" },
  setup      = { port = { rpi_count = 6 }, hba = { dev_loss_tmo_s = 1 }, targets = { {}, {}, {} } },
  limit_ms   = 2000000,
  run = function(t)
    for i = 1, 3 do t:login { target = i } end
    t:wait_us(1000000)
    local usual = t:probe { name = "port.rpi_registered" }
    for round = 1, 120 do
      local i = 1 + round % 3
      if round % 4 == 0 then
        t.link:bounce { down_us = 100 }
      elseif round % 4 == 1 then
        if t:probe { name = "target.logins", target = i - 1 } > 0 then t.targets[i]:logo() end
      else
        t.target_links[i]:bounce { down_us = round % 2 == 0 and 200 or 1500000 }
      end
      t:wait_us(t:random(20000))
    end
    for i = 1, 3 do t:login { target = i, within_us = 60000000 } end
    t:wait_us(5000000)
    t:expect_equal(t:probe { name = "port.rpi_registered" }, usual, "RPIs registered")
    for i = 1, 3 do
      t:expect_equal(t:connect { target = i }:read { lba = 0, blocks = 8 }:wait().status, "ok",
                     "a read at " .. i)
    end
  end,
}
