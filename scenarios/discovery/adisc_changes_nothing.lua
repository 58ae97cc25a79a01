-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "ADISC of the target, again and again under I/O, is answered and changes nothing; one " ..
               "with a wrong name makes the host log in anew",
  references = { "fc-wire.md 3.5", "known-defects.md KD-40" },
  covers     = { "DISC-09" },
  needs      = { "fault.target", "fault.link", "probe.frame", "probe.model", "destroys.data" },
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 500 }
    t.target:hold { opcode = "read", count = 1 }
    local io = ctrl:read { lba = 0, blocks = 8, timeout_ms = 100000 }
    t:mark()
    for i = 1, 20 do
      t.target:adisc()
      t:wait_us(2000000)
      t:expect_equal(ctrl:write { lba = 0, blocks = 8 }:wait().status, "ok", "write " .. i)
    end
    t:expect_equal(t:count_frames { from = "target", type = "ADISC" }, 20, "ADISC")
    t:expect_equal(t:count_frames { from = "hba", type = "ELS_ACC" }, 20, "answers")
    t:expect_equal(t:count_events { type = "RPORT" }, 0, "calls of the transport")
    t:expect(not io.done and ctrl:info().connects == 1, "a command that is out stays out")
    t:mark()
    t.frame:edit { type = "ADISC", from = "target", field = "byte", offset = 15, flip = 1, count = 1 }
    t.target:adisc()
    t:expect_frame { from = "hba", type = "ELS_RJT", within_us = 1000000 }
    t:expect_frame { from = "hba", type = "PLOGI", within_us = 10000000 }
    io:wait { within_us = 60000000 }
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives after a new login")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
  end,
}
