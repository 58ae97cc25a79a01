-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Point to point: the target sends FLOGI again on a link that is up; the old login ends, " ..
               "commands come back, a new login follows, and one remote port is registered",
  references = { "fc-wire.md 3", "sli4-port.md 9.3", "known-defects.md KD-29" },
  covers     = { "DISC-03", "DISC-07" },
  needs      = { "fault.target", "fault.link", "probe.frame" },
  setup      = { topology = "point_to_point", port = { wwpn = 0x20000000c9000009 },
                 targets = { { wwpn = 0x2000000000000001 } } },
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 500 }
    t.target:hold { opcode = "read", count = 2 }
    local ios = { ctrl:read { lba = 0, blocks = 8 }, ctrl:read { lba = 8, blocks = 8 } }
    t:wait_us(100)
    for round, times in ipairs { 1, 2 } do
      t:mark()
      t.target:send_els { els = "flogi", times = times }
      t:expect_frame { from = "hba", type = "ELS_ACC", within_us = 1000000 }
      for i, io in ipairs(ios) do
        t:expect(io:wait { within_us = 60000000 }.status ~= "ok", "read " .. i .. " came back")
      end
      t:expect(ctrl:wait_state("live", 120000000), "the controller lives, round " .. round)
      t:expect(t:online {}, "the target is registered")
      t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
      ios = {}
    end
    local watch = t.frame:watch { type = "PRLI", from = "hba", count = 1 }
    t.target:send_els { els = "flogi", on = watch }  -- in the middle of a login
    t.link:bounce { down_us = 1000 }
    t:expect(t:wait_until(function() return watch.hits == 1 end, 60000000), "a login is interrupted")
    t:wait_us(1000)
    t:expect(ctrl:wait_state("live", 120000000), "the controller lives after it")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read in the end")
  end,
}
