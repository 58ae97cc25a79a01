-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "While the port sees no receive buffer frames wait or are dropped; every buffer is accounted for and the login lives",
  references = { "known-defects.md KD-24", "sli4-port.md 6.7", "sli4-io.md 4.1" },
  covers     = { "ERR-10" },
  status     = "FYI",
  discussion = "How many frames a port keeps meanwhile is its own choice.",
  needs      = { "fault.port", "fault.target", "probe.model", "probe.cqe", "probe.frame", "destroys.data" },
  setup      = { hba = { rq_buffers = 16 } },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 8 }:wait().status, "ok", "write")
    local posted = t:probe { name = "port.rq_posted" }
    t:mark()
    local starve = t.rq:starve {}
    for _ = 1, 40 do                              -- more than the port keeps
      t.target:adisc {}
      t:wait_us(100)
    end
    t:expect(t:count_cqes { code = "RECEIVE" } > 0, "the host is told that buffers are short")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "I/O goes on meanwhile")
    starve:release()
    t:wait_us(100000)
    t:expect_equal(t:probe { name = "port.rq_posted" }, posted, "buffers posted")
    -- A flood with all buffers there: everyone is answered, every buffer comes back.
    for _ = 1, 60 do t.target:adisc {} end
    t:wait_us(100000)
    t:expect_equal(t:probe { name = "port.rq_posted" }, posted, "buffers posted after the flood")
    t:expect(t:wait_until(function() return t:online {} and ctrl.state == "live" end, 60000000), "the login lives")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "read")
    t:expect_equal(t.hba:counters().resets, 0, "resets")
  end,
}
