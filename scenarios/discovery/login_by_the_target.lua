-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A PLOGI from a target that is logged in ends the old login: commands come back, PRLI and " ..
               "a new association follow, and one registration is left; also while the host itself logs " ..
               "in",
  references = { "fc-wire.md 3.2, 5.3" },
  covers     = { "DISC-07" },
  needs      = { "fault.target", "fault.link", "probe.frame", "probe.model" },
  limit_ms   = 600000,
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 500, ctrl_loss_ms = 500000 }
    t.target:hold { opcode = "read", count = 2 }
    local ios = { ctrl:read { lba = 0, blocks = 8 }, ctrl:read { lba = 8, blocks = 8 } }
    t:wait_us(100)
    t:mark()
    t.target:send_els { els = "plogi" }
    t:expect_frame { from = "hba", type = "ELS_ACC", within_us = 1000000 }
    t:expect_frame { from = "hba", type = "PRLI", within_us = 1000000 }
    for i, io in ipairs(ios) do t:expect(io:wait { within_us = 60000000 }.status ~= "ok", "read " .. i) end
    t:expect(ctrl:wait_state("live", 120000000), "the controller lives")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
    local host = t.hba:limits().port_id
    for _, moment in ipairs { { type = "PLOGI", skip = 1 }, { type = "PRLI" },
                              { type = "CREATE_ASSOCIATION" } } do
      for _, after in ipairs { 0, 2, 6 } do
        moment.from, moment.count = "hba", 1
        local watch = t.frame:watch(moment)
        t.target:send_els { els = "plogi", d_id = host, on = watch, after_us = after }
        t.link:bounce { down_us = 500 }
        t:expect(t:wait_until(function() return watch.hits == 1 end, 30000000), "met: " .. moment.type)
        t:wait_us(1000)
        t:expect(ctrl:wait_state("live", 120000000), "the controller lives after PLOGI at " .. moment.type)
        t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
        t:wait_us(11000000)
      end
    end
    t:expect_equal(t:probe { name = "target.associations" }, 1, "associations")
  end,
}
