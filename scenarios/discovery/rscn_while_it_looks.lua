-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An RSCN at any moment of a running scan, for a port that the scan does not see yet, " ..
               "leads to another scan that finds it; then the host asks no more",
  references = { "fc-wire.md 3.6, 4.3", "known-defects.md KD-45" },
  covers     = { "DISC-02", "DISC-05" },
  needs      = { "fault.link", "fault.fabric", "probe.frame", "probe.model" },
  setup      = { targets = { {}, {} } },
  run = function(t)
    t:login { target = 1 }
    t:login { target = 2 }
    local stays = t:probe { name = "target.port_id", target = 0 }
    local comes = t:probe { name = "target.port_id", target = 1 }
    -- Microseconds after the query: before its answer, at the same time, and when all is over.
    for _, after in ipairs { 0, 2, 5, 10, 15, 18, 19, 20, 21, 22, 23, 24, 26, 30, 40, 100, 1000 } do
      local hidden = t.ns:edit { hide = comes, count = 1 }
      local query = t.frame:watch { type = "GID_FT", from = "hba", count = 1 }
      t:mark()
      t.fabric:rscn { address = comes, on = query, after_us = after }
      t.fabric:rscn { address = stays }
      t:expect(t:wait_until(function() return hidden.hits == 1 end, 1000000), "a scan that misses it")
      t:wait_us(after + 500000)
      t:expect(t:online { target = 1 } and t:online { target = 2 },
               "found, RSCN " .. after .. " us after the query")
      local queries = t:count_frames { from = "hba", type = "CT", d_id = 0xfffffc }
      t:expect(queries >= 2 and queries <= 3, "queries: " .. queries)
    end
    t:mark()
    t:expect_no_frame { from = "hba", type = "CT", for_us = 10000000 }
  end,
}
