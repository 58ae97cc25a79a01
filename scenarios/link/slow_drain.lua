-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A target that gives its buffers back slowly slows writes to it down, loses nothing, and " ..
               "keeps the credit rule",
  references = { "fc-wire.md 1.8" },
  covers     = { "LINK-05" },
  needs      = { "fault.link", "probe.frame", "probe.model", "destroys.data" },
  setup      = { targets = { {}, {} } },
  run = function(t)
    local slow, fast = t:connect { target = 1 }, t:connect { target = 2 }
    local function time_of(ctrl, seed)
      local start = t:now_us()
      t:expect_equal(ctrl:write { lba = 0, blocks = 1024, seed = seed }:wait().status, "ok", "write")
      return t:now_us() - start
    end
    local usual = time_of(slow, 1)
    local drain = t.target_link:slow_drain { ns = 800000 }
    local slowed = time_of(slow, 2)
    t:expect(slowed > 3 * usual, string.format("slowed from %.0f to %.0f us", usual, slowed))
    local r = slow:read { lba = 0, blocks = 1024 }
    t:expect_equal(r:wait().status, "ok", "a read")
    t:expect(r:matches { seed = 2 }, "its data")
    t:expect_equal(t:probe { name = "link.credit_resets", target = 0 }, 0,
                   "resets of a link that is only slow")
    drain:release()
    t:wait_us(1000)
    local after = time_of(slow, 3)
    t:expect(after < 2 * usual, string.format("%.0f us again", after))
    t:expect_equal(fast:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read at the other")
  end,
}
