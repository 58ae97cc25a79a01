-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A completion that comes twice ends its command once: right behind the first, later, and when the tag " ..
               "serves another command already",
  references = { "known-defects.md KD-18", "sli4-io.md 6.5" },
  covers     = { "ERR-01" },
  status     = "FYI",
  discussion = "The port breaks the rules here; what is checked is that the host does not break with it.",
  needs      = { "fault.port", "fault.target", "destroys.data" },
  setup      = { hba = { io_xris = 16 } },
  run = function(t)
    local ctrl = t:connect { entries = 32 }
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local function unknown() return t.hba:counters().wcqe_unknown_tag end
    for n, later_ns in ipairs { 0, 5000, 20000 } do
      t:allow { rule = "TAG-UNKNOWN", count = 1 }
      local twice = t.cqe:dup { code = "WQE", ns = later_ns > 0 and later_ns or nil, count = 1 }
      local read = ctrl:read { lba = n, blocks = 8 }
      local result = read:wait()
      t:expect_equal(result.status, "ok", "read whose completion comes twice, " .. later_ns .. " ns apart")
      t:expect(read:matches(), "its data")
      t:wait_us(100)
      t:expect_equal(twice.hits, 1, "completions repeated")
      t:expect_equal(unknown(), n, "completions that nobody waited for")
    end
    -- The second one comes when its tag serves the next command.
    t:allow { rule = "TAG-UNKNOWN", count = 1 }  -- that of the command which the stale entry ended
    t:allow { rule = "XRI-ABORTED-UNKNOWN", count = 1 } -- and of its exchange, which the port goes on with
    local hold
    local twice = t.cqe:dup { code = "WQE", ns = 300000, count = 1 }
    for _ = 1, 4 do                              -- an ERSP now and then is another kind of entry
      if twice.hits == 1 then break end
      t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "read whose completion comes again late")
    end
    t:expect_equal(twice.hits, 1, "completions repeated")
    hold = t.target:hold { opcode = "read" }     -- 13: all that are not in reserve or with the event request
    local reads = {}
    for i = 1, 13 do reads[i] = ctrl:read { lba = i, blocks = 1 } end
    t:wait_us(400)
    -- The port named the tag of a command that is out. Its answer contradicts that command: a new association.
    hold:release()
    local good = 0
    for i = 1, 13 do good = good + (reads[i]:wait().status == "ok" and 1 or 0) end
    t:expect(good < 13, "the command that the stale entry ended is not good")
    t:expect(t:wait_until(function() return ctrl:info().connects == 2 end, 60000000), "a new association is made")
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives")
    local read = ctrl:read { lba = 0, blocks = 64 }
    t:expect_equal(read:wait().status, "ok", "a read afterwards")
    t:expect(read:matches(), "its data")
  end,
}
