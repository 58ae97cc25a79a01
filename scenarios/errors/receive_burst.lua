-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Ten times more unsolicited frames at once than there are receive buffers: each buffer comes back, what is known is answered, I/O and login live",
  references = { "known-defects.md KD-24", "sli4-port.md 6.7", "sli4-io.md 4.1, 4.3" },
  covers     = { "ERR-10" },
  status     = "FYI",
  discussion = "How many frames a port keeps while buffers are short is its own choice.",
  needs      = { "fault.target", "probe.model", "probe.cqe", "probe.frame", "destroys.data" },
  setup      = { hba = { rq_buffers = 16 } },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 8 }:wait().status, "ok", "write")
    local posted = t:probe { name = "port.rq_posted" }
    t:expect_equal(posted, 16, "buffers posted")
    for _, kind in ipairs { "els", "ls", "abts", "part" } do
      t:mark()
      local ios = {}
      for i = 1, 8 do ios[i] = ctrl:read { lba = 0, blocks = 8 } end
      t.rq:burst { kind = kind, frames = 160 }
      t:wait_us(20000)
      for i = 1, 8 do
        t:expect_equal(ios[i]:wait().status, "ok", kind .. ": read " .. i)
        t:expect(ios[i]:matches {}, kind .. ": its data")
      end
      t:expect(t:count_cqes { code = "RECEIVE" } >= 16, kind .. ": frames reached the host")
      if kind == "els" then
        t:expect(t:count_frames { from = "hba", type = "ELS_RJT" } > 0, "requests that nobody knows are refused")
      end
      t:expect_equal(t:probe { name = "port.rq_posted" }, posted, kind .. ": buffers posted afterwards")
      t:expect_equal(ctrl.state, "live", kind .. ": the association")
    end
    -- The incomplete sequences are in nobody's way: one that is complete is answered.
    t:mark()
    t.target:adisc {}
    t:expect_frame { from = "hba", type = "ELS_ACC", within_us = 1000000 }
    t:expect(t:online {}, "the login")
    t:expect_equal(t.hba:counters().resets, 0, "resets")
  end,
}
