-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Name server answers that are late, refused or from before a bounce, alone and together: " ..
               "discovery ends with the ports that are there",
  references = { "fc-wire.md 4.2, 4.3", "known-defects.md KD-28" },
  covers     = { "LINK-03", "DISC-05" },
  needs      = { "fault.link", "fault.fabric", "probe.frame", "probe.model" },
  setup      = { targets = { {}, {} } },
  limit_ms   = 1000000,
  run = function(t)
    t:login { target = 1 }
    t:login { target = 2 }
    local gid_ft = 0x0171
    local function settled(what)
      t:expect(t:wait_until(function() return t:online { target = 1 } and t:online { target = 2 } end,
                            60000000),
               "both targets are there after " .. what)
      t:wait_us(3000000)
      t:mark()
      t:expect_no_frame { from = "hba", type = "CT", for_us = 5000000 }
    end
    local did = t:probe { name = "target.port_id", target = 1 }
    t.ns:delay { us = 30000, command = gid_ft, count = 1 }
    t.fabric:rscn { address = did }
    t:wait_us(5000)
    t.link:bounce { down_us = 2000 }             -- the answer comes when the next query is out
    settled("an answer across a bounce")
    t.ns:fail { command = gid_ft, reason = 5, count = 2 }
    t.fabric:rscn { address = did }
    settled("busy, twice")
    t.ns:delay { us = 500000, command = gid_ft, count = 1 }
    t.fabric:rscn { address = did }
    t:wait_us(1000)
    t.fabric:rscn { address = did, format = 2 }  -- while the query is out
    settled("an RSCN during a query")
    local lost = t.frame:drop { type = "CT_ACC", from = "switch", count = 1 }
    t.fabric:rscn { address = did }
    t:wait_us(40000000)
    t:expect_equal(lost.hits, 1, "answers lost")
    settled("an answer that was lost")
    t.ns:fail { command = gid_ft, reason = 5, count = 1 }
    t.ns:delay { us = 20000, command = gid_ft, count = 1 }
    t.fabric:rscn { address = did, format = 3 }
    t:wait_us(2000)
    t.link:bounce { down_us = 1000 }
    settled("all of it together")
    t:expect_equal(t:connect { target = 2 }:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
  end,
}
