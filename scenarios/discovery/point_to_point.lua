-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Point to point: the host has the higher WWPN and assigns both addresses with its " ..
               "PLOGI; I/O works",
  references = { "fc-wire.md 3", "sli4-port.md 5.1" },
  covers     = { "DISC-03", "IO-01" },
  needs      = { "probe.frame", "destroys.data" },
  setup      = { topology = "point_to_point", port = { wwpn = 0x20000000c9000009 },
                 targets = { { wwpn = 0x2000000000000001 } } },
  run = function(t)
    local ctrl = t:connect()
    local mine, theirs = t.hba:limits().port_id, t.hba:node {}.did
    t:expect(mine ~= 0 and theirs ~= 0 and mine ~= theirs, "two addresses: " .. mine .. " and " .. theirs)
    t:expect_frame { from = "hba", type = "FLOGI", d_id = 0xfffffe }
    t:expect_frame { from = "hba", type = "PLOGI", s_id = mine, d_id = theirs }
    t:expect_no_frame { from = "target", type = "PLOGI" }
    t:expect_no_frame { from = "hba", type = "CT" }
    t:expect_no_frame { from = "hba", type = "SCR" }
    t:expect_equal(ctrl:write { lba = 0, blocks = 128 }:wait().status, "ok", "write")
    local r = ctrl:read { lba = 0, blocks = 128 }
    t:expect_equal(r:wait().status, "ok", "read")
    t:expect(r:matches(), "the data is the data written")
    t:expect_frame { from = "target", type = "DATA", s_id = theirs, d_id = mine }
  end,
}
