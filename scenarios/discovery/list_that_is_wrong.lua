-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A name server list with an address twice, the host's own, and some that nobody has: the " ..
               "ports that exist are logged in to once each, and the rest holds nobody up",
  references = { "fc-wire.md 4.2" },
  covers     = { "DISC-05", "DISC-13" },
  needs      = { "fault.fabric", "probe.frame", "probe.model" },
  setup      = { targets = { {}, {} } },
  limit_ms   = 600000,
  run = function(t)
    t:bring_up()
    local dids = { t:probe { name = "target.port_id", target = 0 },
                   t:probe { name = "target.port_id", target = 1 } }
    local edits = { t.ns:edit { add = dids[1] }, t.ns:edit { add = 0x01f000 }, t.ns:edit { add = 0xfffffd } }
    t:mark()
    t:login { target = 1, within_us = 10000000 }
    t:login { target = 2, within_us = 10000000 }
    t:wait_us(5000000)
    for i = 1, 2 do
      t:expect_equal(t:count_frames { from = "hba", type = "PLOGI", d_id = dids[i] }, 1,
                     "PLOGI to target " .. i)
    end
    t:expect_equal(t:count_events { type = "RPORT", a = 1 }, 2, "registrations")
    t:expect_equal(t:count_frames { from = "hba", type = "PLOGI", d_id = t.hba:limits().port_id }, 0,
                   "PLOGI to itself")
    for _, e in ipairs(edits) do e:release() end
    t.fabric:rscn { address = dids[1], format = 3 }
    t:wait_us(90000000)                          -- the login at nobody is given up
    t:mark()
    t:expect_no_frame { from = "hba", type = "PLOGI", for_us = 30000000 }
    for i = 1, 2 do
      t:expect_equal(t:connect { target = i }:read { lba = 0, blocks = 8 }:wait().status, "ok",
                     "a read at " .. i)
    end
  end,
}
