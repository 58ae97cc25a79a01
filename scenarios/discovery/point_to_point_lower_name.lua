-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Point to point: the target has the higher WWPN, logs in and assigns both addresses; the " ..
               "host answers and I/O works",
  references = { "fc-wire.md 3", "sli4-port.md 5.1, 9.3" },
  covers     = { "DISC-03", "IO-01" },
  needs      = { "probe.frame", "fault.link", "destroys.data" },
  setup      = { topology = "point_to_point", port = { wwpn = 0x2000000000000001 },
                 targets = { { wwpn = 0x20000000c9000009 } } },
  run = function(t)
    local ctrl = t:connect()
    local mine, theirs = t.hba:limits().port_id, t.hba:node {}.did
    t:expect_frame { from = "target", type = "PLOGI", s_id = theirs, d_id = mine }
    t:expect_frame { from = "hba", type = "ELS_ACC", s_id = mine, d_id = theirs }
    t:expect_frame { from = "hba", type = "PRLI", s_id = mine, d_id = theirs }
    t:expect_no_frame { from = "hba", type = "PLOGI" }
    t:expect_equal(ctrl:write { lba = 0, blocks = 128 }:wait().status, "ok", "write")
    local r = ctrl:read { lba = 0, blocks = 128 }
    t:expect_equal(r:wait().status, "ok", "read")
    t:expect(r:matches(), "the data is the data written")
    t.link:bounce { down_us = 1000 }
    t:wait_us(2000)
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives after a bounce")
    t:expect_equal(t.hba:limits().port_id, mine, "address after the bounce")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
  end,
}
