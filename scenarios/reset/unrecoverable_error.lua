-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An error that a reset does not mend takes the HBA offline, with a reason, and returns " ..
               "every command once",
  references = { "sli4-port.md 8.2" },
  covers     = { "RESET-03" },
  needs      = { "fault.port", "fault.target" },
  run = function(t)
    local ctrl = t:connect()
    t.target:hold { opcode = "read", count = 4 }
    local ios = {}
    for i = 1, 4 do
      ios[i] = ctrl:read { lba = i * 8, blocks = 8 }
    end
    t:wait_us(50)
    t.port:error { rn = false }
    t:expect(t:wait_until(function() return t.hba.state == "dead" end, 130000000), "the HBA is given up")
    t:expect(t.hba.reason ~= nil, "it says why")
    for i = 1, 4 do
      local status = ios[i]:wait { within_us = 60000000 }.status
      t:expect(status == "lost" or status == "aborted", "read " .. i .. " ended: " .. status)
    end
    t:expect(ctrl:read { lba = 0, blocks = 8 }.refused ~= nil, "no further command is taken")
    t:expect(not t:online {}, "the target is not registered")
  end,
  limit_ms = 300000,
}
