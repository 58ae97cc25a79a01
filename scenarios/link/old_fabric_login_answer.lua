-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "The FLOGI answer of an earlier link instance is not used: the host takes the address " ..
               "that the present login gave it, once",
  references = { "fc-wire.md 3.2", "sli4-port.md 5.1", "known-defects.md KD-27" },
  covers     = { "LINK-03" },
  needs      = { "fault.link", "fault.fabric", "probe.frame", "probe.mailbox" },
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 500 }
    local old = t.hba:limits().port_id
    local kept = t.frame:hold { type = "LS_ACC", from = "switch", s_id = 0xfffffe, count = 1 }
    t.link:bounce { down_us = 1000 }
    t:expect(t:wait_until(function() return kept.hits > 0 end, 20000000), "an answer to FLOGI is kept back")
    t:mark()
    t.fabric:move { port = 0, down_us = 1000 }   -- the next login has another address
    t:wait_us(6200)                              -- the link is up, the new FLOGI on its way or answered
    kept:release()
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives")
    local new = t.hba:limits().port_id
    t:expect(new ~= old, string.format("another address: %06x, it was %06x", new, old))
    t:expect_no_frame { from = "hba", s_id = old }
    t:wait_us(5000000)
    t:expect_equal(t:count_frames { from = "hba", type = "PLOGI", d_id = 0xfffffc }, 1,
                   "logins to the name server")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
    t:expect_frame { from = "target", type = "DATA", d_id = new }
  end,
}
