-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An abort that crosses the response gives one outcome, either one, and leaves the path " ..
               "and the data intact",
  references = { "sli4-io.md 5.4, 8.7", "known-defects.md KD-02" },
  covers     = { "ABTS-02", "ABTS-03", "XRI-01" },
  needs      = { "fault.target", "probe.frame", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    local outcomes = { ok = 0, aborted = 0 }
    t.target:delay { opcode = "read", ns = 20000 }
    for lba = 0, 56, 8 do
      t:expect_equal(ctrl:write { lba = lba, blocks = 8 }:wait().status, "ok", "write")
    end
    for round = 0, 79 do                         -- the abort leaves 20 to 60 us after the command
      local io = ctrl:read { lba = round % 8 * 8, blocks = 8 }
      t:wait_us(20 + round * 0.5 + t:random(400) / 1000)
      local taken = io:abort()
      local status = io:wait { within_us = 10000 }.status
      t:expect(status == "ok" or status == "aborted", "round " .. round .. " ended: " .. status)
      t:expect(taken == "0" or status == "ok", "an abort that was refused changes nothing")
      t:expect(status ~= "ok" or io:matches(), "a good read has its data")
      outcomes[status] = (outcomes[status] or 0) + 1
    end
    t:expect(outcomes.ok >= 10 and outcomes.aborted >= 10,
             "both outcomes were met: " .. outcomes.ok .. " good, " .. outcomes.aborted .. " aborted")
    local r = ctrl:read { lba = 0, blocks = 64 }
    t:expect_equal(r:wait().status, "ok", "a read afterwards")
    t:expect(r:matches(), "its data")
    t:expect_equal(ctrl:info().connects, 1, "associations made")
  end,
}
