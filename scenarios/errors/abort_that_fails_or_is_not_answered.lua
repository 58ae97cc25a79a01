-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An abort that the port refuses, or never answers, loses neither the command nor its XRI",
  references = { "known-defects.md KD-06, KD-07, KD-33", "sli4-io.md 2.9, 5.4" },
  covers     = { "ERR-06", "ABTS-02" },
  status     = "FYI",
  discussion = "A refused abort leaves the command out; when it is sent again is the driver's choice. An abort without completion is " ..
               "only late where its command came back.",
  needs      = { "fault.port", "fault.target", "probe.model", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local exchanges = t:probe { name = "port.exchanges" }
    local hold = t.target:hold { opcode = "read", count = 1 }
    local refused = t.abort:fail { count = 1 }
    local read = ctrl:read { lba = 0, blocks = 8 }
    t:wait_us(50)
    read:abort()
    t:wait_us(1000)
    t:expect_equal(refused.hits, 1, "aborts refused")
    t:expect(not read.done, "the command is still out")
    -- The target answers nothing: the abort must be sent again.
    t:expect_equal(read:wait { within_us = 30000000 }.status, "aborted", "a command whose abort was refused")
    t:expect_equal(t.hba:counters().resets, 0, "resets")
    hold:release()
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives")

    hold = t.target:hold { opcode = "read", count = 1 }
    local silent = t.abort:nocqe { count = 1 }
    read = ctrl:read { lba = 0, blocks = 8 }
    t:wait_us(50)
    read:abort()
    t:expect_equal(read:wait { within_us = 60000000 }.status, "aborted", "a command whose abort is not answered")
    t:expect_equal(silent.hits, 1, "aborts without completion")
    hold:release()
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives")
    t:expect(t:wait_until(function() return t:probe { name = "port.exchanges" } == exchanges end, 60000000),
             "no exchange is left over")
    read = ctrl:read { lba = 0, blocks = 64 }
    t:expect_equal(read:wait().status, "ok", "a read afterwards")
    t:expect(read:matches(), "its data")
  end,
}
