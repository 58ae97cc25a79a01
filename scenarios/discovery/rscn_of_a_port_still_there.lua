-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An RSCN makes the host ask the name server; a port that is still there keeps login, " ..
               "association and I/O",
  references = { "fc-wire.md 3.5, 4" },
  covers     = { "DISC-02" },
  needs      = { "fault.fabric", "fault.target", "probe.frame", "probe.model" },
  run = function(t)
    local ctrl = t:connect()
    local did = t:probe { name = "target.port_id" }
    local held = t.target:hold { opcode = "read", count = 2 }
    local ios = { ctrl:read { lba = 0, blocks = 8 }, ctrl:read { lba = 8, blocks = 8 } }
    t:wait_us(100)
    t:expect_equal(held.hits, 2, "reads held")
    for format = 0, 3 do
      t:mark()
      t.fabric:rscn { address = did, format = format }
      t:expect_frame { from = "switch", type = "RSCN", within_us = 10000 }
      t:expect_frame { from = "hba", type = "ELS_ACC", d_id = 0xfffffd, within_us = 1000000 }
      t:expect_frame { from = "hba", type = "CT", d_id = 0xfffffc, within_us = 5000000 }
      t:expect_no_frame { from = "hba", type = "LOGO", for_us = 5000000 }
      t:expect_no_frame { from = "hba", type = "PLOGI", d_id = did }
      t:expect_no_frame { from = "hba", type = "ABTS" }
      t:expect(t:online {}, "the target stays registered")
    end
    t:expect_equal(t.hba:counters().rscn_rcv, 4, "RSCN taken")
    held:release()
    for i = 1, 2 do
      t:expect_equal(ios[i]:wait { within_us = 10000 }.status, "ok", "read " .. i .. ", held meanwhile")
    end
    t:expect_equal(ctrl:info().connects, 1, "associations made")
  end,
}
