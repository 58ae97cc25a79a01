-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An ABTS from the target ends the command that it names, with an answer, and no other; " ..
               "one for an exchange that is none is answered with BA_RJT",
  references = { "fc-wire.md 5.3, 6.1, 6.4", "sli4-io.md 4.4, 5.4" },
  covers     = { "ABTS-10" },
  needs      = { "fault.target", "fault.link", "probe.frame", "destroys.data" },
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 1000 }
    for _, stage in ipairs { "command", "data", "response" } do
      t:mark()
      t.target:abts { opcode = stage == "data" and "write" or "read", stage = stage, count = 1 }
      local io = stage == "data" and ctrl:write { lba = 0, blocks = 64 } or ctrl:read { lba = 0, blocks = 64 }
      local xri = io.xri
      local status = io:wait { within_us = 60000000 }.status
      t:expect(status ~= "ok", "the command that the target aborted at its " .. stage .. ": " .. status)
      t:expect_frame { from = "target", type = "ABTS", ox_id = xri, within_us = 1000000 }
      t:expect_frame { from = "hba", type = "BA_ACC", ox_id = xri, within_us = 1000000 }
      t:expect(ctrl:wait_state("live", 60000000), "the controller lives")
      t:wait_us(12000000)
      t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read afterwards")
    end
    -- The exchange that the ABTS names after the change is none of ours.
    t.frame:edit { type = "ABTS", from = "target", field = "ox_id", value = 0x7ff0, count = 1 }
    t.target:abts { opcode = "read", stage = "command", count = 1 }
    t:mark()
    local io = ctrl:read { lba = 0, blocks = 8, timeout_ms = 3000 }
    t:expect_frame { from = "hba", type = "BA_RJT", ox_id = 0x7ff0, within_us = 1000000 }
    io:wait { within_us = 100000000 }
    t:expect(ctrl:wait_state("live", 100000000), "the controller lives")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read in the end")
  end,
}
