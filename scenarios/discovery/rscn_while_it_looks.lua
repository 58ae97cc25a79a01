-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A target comes at any moment of a running discovery, with its RSCN: it is always found, " ..
               "and the host does not ask without end",
  references = { "fc-wire.md 3.6, 4.3", "known-defects.md KD-45" },
  covers     = { "DISC-02", "DISC-05" },
  needs      = { "fault.target", "fault.link", "fault.fabric", "probe.frame", "probe.model" },
  setup      = { targets = { {}, {} } },
  limit_ms   = 1000000,
  run = function(t)
    t:login { target = 1 }
    t:login { target = 2 }
    local did = t:probe { name = "target.port_id", target = 0 }
    -- The moment, and how long after it the target is in the name server: from "before the query" to "after
    -- all".
    local moments = { { type = "GID_FT", from = "hba" }, { type = "CT_ACC", from = "switch" },
                      { type = "ADISC", from = "hba" } }
    for _, moment in ipairs(moments) do
      for _, after in ipairs { 0, 5, 15, 25, 40, 80, 300 } do
        local hidden = t.ns:edit { hide = t:probe { name = "target.port_id", target = 1 } }
        t.fabric:rscn { address = did, format = 3 }
        t:expect(t:wait_until(function() return not t:online { target = 2 } end, 30000000), "it is gone")
        moment.count = 1
        local watch = t.frame:watch(moment)
        t.fabric:rscn { address = t:probe { name = "target.port_id", target = 1 }, on = watch,
                        after_us = after }
        t.fabric:rscn { address = did }
        t:expect(t:wait_until(function() return watch.hits == 1 end, 1000000), "a scan runs: " .. moment.type)
        t:wait_us(after)
        hidden:release()
        t:wait_us(1000)
        -- What was told before the name server knew it cannot help; told again it must.
        if not t:wait_until(function() return t:online { target = 2 } end, 3000000) then
          t.fabric:rscn { address = t:probe { name = "target.port_id", target = 1 } }
        end
        t:expect(t:wait_until(function() return t:online { target = 2 } end, 10000000),
                 moment.type .. " + " .. after .. " us: it is found")
      end
    end
    t:wait_us(2000000)
    t:mark()
    t:expect_no_frame { from = "hba", type = "CT", for_us = 10000000 }
  end,
}
