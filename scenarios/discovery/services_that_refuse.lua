-- SPDX-License-Identifier: BSD-2-Clause
-- ELS of the login at the fabric, by code, with a well-known address or none.
local STEPS = { { 0x04 }, { 0x03, 0xfffffc }, { 0x62, 0xfffffd } }

scenario {
  purpose    = "The fabric refuses FLOGI, the login at the name server or SCR as busy, or does not " ..
               "answer: the host tries again in measure and ends with its target",
  references = { "fc-wire.md 3.2, 3.3", "known-defects.md KD-28" },
  covers     = { "DISC-13" },
  status     = "FYI",
  needs      = { "fault.fabric", "fault.link", "probe.frame", "probe.model" },
  limit_ms   = 2000000,
  run = function(t)
    t:login {}
    for _, step in ipairs(STEPS) do
      local busy = t.fabric:reject { els = step[1], d_id = step[2], reason = 5, count = 2 }
      t:mark()
      t.link:bounce { down_us = 1000 }
      t:expect(t:wait_until(function() return busy.hits == 2 end, 20000000), "refused twice")
      t:login { within_us = 60000000 }
      t:expect_equal(t:count_frames { from = "hba", els = step[1], d_id = step[2] or 0xfffffe }, 3,
                     "requests")
      local lost = t.frame:drop { els = step[1], from = "hba", d_id = step[2] or 0xfffffe, count = 1 }
      t.link:bounce { down_us = 1000 }
      t:expect(t:wait_until(function() return lost.hits == 1 end, 20000000), "one is lost")
      t:login { within_us = 120000000 }
    end
    t.fabric:logo { d_id = t.hba:limits().port_id, service = 0xfffffc }
    t.fabric:rscn { address = t:probe { name = "target.port_id" } }
    t:wait_us(5000000)
    t:expect(t:online {}, "the target is there after a LOGO of the name server")
    t:mark()
    t.fabric:logo { d_id = t.hba:limits().port_id }
    t:expect_frame { from = "hba", type = "ELS_ACC", d_id = 0xfffffe, within_us = 1000000 }
    t:expect_frame { from = "hba", type = "FLOGI", within_us = 20000000 }
    t:login { within_us = 60000000 }
    t:expect_equal(t:connect():read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
  end,
}
