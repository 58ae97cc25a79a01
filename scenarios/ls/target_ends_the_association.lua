-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A Disconnect from the target ends the association: it is accepted, commands come back, " ..
               "and a new association follows",
  references = { "fc-wire.md 5.2, 5.3, 6.4", "sli4-io.md 4.3, 8.8" },
  covers     = { "LS-05", "LS-10" },
  needs      = { "fault.target", "probe.frame", "probe.model" },
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 1000 }
    local old = ctrl:info().association_id
    t.target:hold { opcode = "read", count = 4 }
    local ios = {}
    for i = 1, 4 do ios[i] = ctrl:read { lba = 8 * i, blocks = 8 } end
    t:wait_us(100)
    t:mark()
    t.target:disconnect()
    t:expect_frame { from = "target", type = "LS", bytes = "\5", within_us = 1000000 }
    t:expect_frame { from = "hba", type = "LS_RSP", bytes = "\2", within_us = 1000000 }
    for i = 1, 4 do
      t:expect(ios[i]:wait { within_us = 1000000 }.status ~= "ok", "read " .. i .. " came back")
    end
    t:expect(ctrl:wait_state("live", 30000000), "a new association")
    t:expect(ctrl:info().association_id ~= old, "its id is another")
    t:expect_equal(t:probe { name = "target.associations" }, 1, "associations at the target")
    t:expect_equal(t:count_frames { from = "hba", type = "LOGO" }, 0, "the login stays: LOGO sent")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read over it")
  end,
}
