-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "The good completion of an earlier link instance's FLOGI comes while a new FLOGI is out: " ..
               "it is not used, the host takes the address that the present login gave it, once",
  references = { "fc-wire.md 3.2", "sli4-port.md 5.1", "known-defects.md KD-27" },
  covers     = { "LINK-03" },
  needs      = { "fault.link", "fault.fabric", "fault.port", "probe.frame", "probe.cqe" },
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 500 }
    local old = t.hba:limits().port_id
    local first = t.frame:watch { type = "FLOGI", from = "hba", count = 1 }
    local late = t.cqe:delay { code = "WQE", count = 1, ns = 20000000, on = first }
    -- The next login has another address, and its answer is kept back until the old CQE has come.
    t.fabric:move { port = 0, down_us = 1000, on = late, after_us = 1000 }
    local answer = t.frame:hold { type = "LS_ACC", from = "switch", s_id = 0xfffffe, count = 1, on = late }
    t:mark()
    t.link:bounce { down_us = 1000 }
    t:wait_us(20000)
    t:expect_equal(late.hits, 1, "FLOGI is answered, its CQE on its way")
    t:expect_equal(answer.hits, 1, "a new FLOGI is out and answered")
    local before = t:count_cqes { code = "WQE", status = 0 }
    t:wait_us(20000)
    t:expect_equal(t:count_cqes { code = "WQE", status = 0 }, before + 1, "the old CQE has come")
    t:mark()
    answer:release()
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives")
    local new = t.hba:limits().port_id
    t:expect(new ~= old, string.format("another address: %06x, it was %06x", new, old))
    t:expect_equal(t:count_frames { from = "hba", s_id = old }, 0, "frames with the old address")
    t:wait_us(5000000)
    t:expect_equal(t:count_frames { from = "hba", type = "PLOGI", d_id = 0xfffffc }, 1, "name server logins")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
    t:expect_frame { from = "target", type = "DATA", d_id = new, within_us = 60000000 }
  end,
}
