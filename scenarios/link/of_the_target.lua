-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "The cable of the target is pulled and put back: its commands come back, those of another " ..
               "target do not notice, and the host's link stays up",
  references = { "fc-wire.md 3.6, 4", "sli4-io.md 5.5" },
  covers     = { "LINK-02", "DISC-06" },
  needs      = { "fault.link", "fault.target", "probe.frame" },
  setup      = { targets = { {}, {} } },
  run = function(t)
    local first = t:connect { target = 1, reconnect_delay_ms = 500 }
    local second = t:connect { target = 2, reconnect_delay_ms = 500 }
    t.targets[1]:hold { opcode = "read", count = 4 }
    local held = t.targets[2]:hold { opcode = "read", count = 4 }
    local a, b = {}, {}
    for i = 1, 4 do
      a[i], b[i] = first:read { lba = 8 * i, blocks = 8 }, second:read { lba = 8 * i, blocks = 8 }
    end
    t:wait_us(100)
    t:mark()
    local cut = t.target_links[1]:down()
    t:expect_frame { from = "switch", type = "RSCN", within_us = 10000 }
    for i = 1, 4 do
      t:expect(a[i]:wait { within_us = 10000000 }.status ~= "ok", "read " .. i .. " of the first")
      t:expect(not b[i].done, "read " .. i .. " of the second waits undisturbed")
    end
    t:expect(not t:online { target = 1 } and t:online { target = 2 }, "one is gone, the other there")
    held:release()
    for i = 1, 4 do t:expect_equal(b[i]:wait { within_us = 10000 }.status, "ok",
                                   "read " .. i .. " of the second") end
    cut:release()
    t:expect(first:wait_state("live", 60000000), "the first lives again")
    t:expect_equal(first:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read at the first")
    t:expect_equal(second:info().connects, 1, "associations of the second")
    t:expect_equal(t.hba:counters().link_down, 0, "link down events of the host")
  end,
}
