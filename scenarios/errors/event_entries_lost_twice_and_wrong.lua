-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Event entries that are lost, come twice, or name another queue or kind harm no command",
  references = { "sli4-port.md 6.2, 6.10", "known-defects.md KD-18" },
  covers     = { "ERR-05" },
  status     = "FYI",
  discussion = "How soon a host looks at a queue of which no event tells is its own choice; here it has ten seconds.",
  needs      = { "fault.port", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local function read(within_us, what)
      local io = ctrl:read { lba = 1, blocks = 8 }
      local result = io:wait { within_us = within_us }
      t:expect(result and result.status == "ok", what)
      t:expect(io:matches(), "its data")
    end
    local twice = t.eqe:dup { count = 3 }
    for _ = 1, 3 do read(1000, "read with an event that comes twice") end
    t:expect_equal(twice.hits, 3, "events repeated")
    local late = t.eqe:delay { ns = 2000000, count = 1 }
    read(10000, "read with a late event")
    t:expect_equal(late.hits, 1, "late events")
    for _, wrong in ipairs { { "cq_id", 0x3ff }, { "cq_id", 0xffff }, { "major", 5 } } do
      local edit = t.eqe:edit { field = wrong[1], value = wrong[2], count = 1 }
      read(10000000, string.format("read with an event of %s 0x%x", wrong[1], wrong[2]))
      t:expect_equal(edit.hits, 1, "events changed")
    end
    t:expect_equal(t.hba:counters().eqe_unknown, 3, "events that name nothing")
    local lost = t.eqe:withhold { count = 1 }
    read(10000000, "read whose event is lost")
    t:expect_equal(lost.hits, 1, "lost events")
    lost:release()                                -- and comes now
    read(1000, "read afterwards")
    t:expect_equal(t.hba:counters().resets, 0, "resets")
    t:expect_equal(ctrl:info().connects, 1, "associations made")
  end,
}
