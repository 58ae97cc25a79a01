-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A link reset from either end, of either link, starts credit anew; no frame, login or " ..
               "command is lost by it",
  references = { "fc-wire.md 1.7, 1.8" },
  covers     = { "LINK-05" },
  needs      = { "fault.link", "probe.frame", "probe.model", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    local BLOCKS, AT_ONCE = 64, 8
    local before = ctrl:info().connects
    local function probes(name) return t:probe { name = name, port = 0 } end
    t:mark()
    for round, reset in ipairs {
      function() t.link:reset {} end, function() t.link:reset { peer = true } end,
      function() t.target_link:reset {} end, function() t.target_link:reset { peer = true } end,
    } do
      local resets, running = probes("link.credit_resets"), {}
      for n = 1, AT_ONCE do
        running[n] = ctrl:write { lba = n * BLOCKS, blocks = BLOCKS, seed = 10 * round + n }
      end
      t:wait_us(60)                                -- in the middle of their data
      t:expect(not running[AT_ONCE].done, "writes are under way")
      reset()
      for n = 1, AT_ONCE do
        t:expect_equal(running[n]:wait { within_us = 100000 }.status, "ok", "write " .. n .. " in round " .. round)
        running[n] = ctrl:read { lba = n * BLOCKS, blocks = BLOCKS }
      end
      t:wait_us(20)
      reset()
      for n = 1, AT_ONCE do
        t:expect_equal(running[n]:wait { within_us = 100000 }.status, "ok", "read " .. n .. " in round " .. round)
        t:expect(running[n]:matches { seed = 10 * round + n }, "its data")
      end
      t:expect_equal(probes("link.credit_resets") - resets, round <= 2 and 2 or 0, "resets of the HBA's link")
    end
    for _, kind in ipairs { "FLOGI", "PLOGI", "LOGO", "ABTS" } do
      t:expect_equal(t:count_frames { type = kind }, 0, kind)
    end
    t:expect_equal(t.hba:counters().link_down, 0, "link down events")
    t:expect_equal(ctrl:info().connects, before, "associations made")
  end,
}
