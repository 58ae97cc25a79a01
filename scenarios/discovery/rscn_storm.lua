-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Two hundred RSCNs of every kind under I/O: all answered, no login or command disturbed, " ..
               "few queries, and a port that left meanwhile is gone",
  references = { "fc-wire.md 3.6, 4.3", "known-defects.md KD-42" },
  covers     = { "DISC-02", "DISC-05" },
  needs      = { "fault.fabric", "fault.target", "fault.link", "probe.frame", "probe.model" },
  setup      = { targets = { {}, {} } },
  run = function(t)
    local ctrl = t:connect { target = 1 }
    t:login { target = 2 }
    local did = t:probe { name = "target.port_id", target = 0 }
    t.ns:delay { us = 20000 }
    t:mark()
    for i = 1, 200 do
      t.fabric:rscn { address = did, format = i % 4, event = i % 6 }
      if i == 150 then t.targets[2]:gone() end
      local io = ctrl:read { lba = i, blocks = 8 }
      t:expect_equal(io:wait().status, "ok", "read " .. i)
    end
    t:wait_us(5000000)
    local sent = t:count_frames { from = "switch", type = "RSCN", d_id = t.hba:limits().port_id }
    t:expect(sent >= 50, "RSCNs: " .. sent)
    t:expect(t.hba:counters().rscn_rcv >= sent, "all taken")
    t:expect(t:count_frames { from = "hba", type = "CT" } < sent / 2, "queries: "
             .. t:count_frames { from = "hba", type = "CT" })
    t:expect_equal(t:count_frames { from = "hba", type = "PLOGI", d_id = did }, 0, "PLOGI")
    t:expect_equal(t:count_frames { from = "hba", type = "LOGO", d_id = did }, 0, "LOGO")
    t:expect(t:online { target = 1 } and not t:online { target = 2 }, "who is there is known")
    t:expect_equal(ctrl:info().connects, 1, "associations made")
  end,
}
