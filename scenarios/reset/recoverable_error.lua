-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An error that asks for a reset is noticed and recovered; every command returns once, also one " ..
               "submitted before anybody knows, and I/O goes on",
  references = { "sli4-port.md 8.1, 8.2", "sli4-io.md 5.5" },
  covers     = { "RESET-02" },
  needs      = { "fault.port", "fault.target", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    t.target:hold { opcode = "read", count = 4 }
    local ios = {}
    for i = 1, 4 do
      ios[i] = ctrl:read { lba = i * 8, blocks = 8 }
    end
    t:wait_us(50)
    t.port:error { rn = true }
    local frozen = ctrl:write { lba = 512, blocks = 8 }                -- the port takes nothing any more
    for i = 1, 4 do
      local status = ios[i]:wait { within_us = 60000000 }.status
      t:expect(status == "lost" or status == "aborted", "read " .. i .. " ended: " .. status)
    end
    if not frozen.refused then
      t:expect(frozen:wait { within_us = 60000000 }.status ~= "ok", "the write into the error")
    end
    t:expect(t:wait_until(function() return t.hba.state == "link_up" end, 60000000), "the HBA is up again")
    t:expect_equal(t.hba:counters().resets, 1, "resets")
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives again")
    local r = ctrl:read { lba = 0, blocks = 64 }
    t:expect_equal(r:wait().status, "ok", "a read afterwards")
    t:expect(r:matches(), "its data")
  end,
}
