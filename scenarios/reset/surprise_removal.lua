-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A port that is gone (all registers read as ones) ends in a clean error: commands " ..
               "back, nothing more taken",
  references = { "sli4-port.md 8.1, 8.5" },
  covers     = { "RESET-03" },
  needs      = { "fault.port", "fault.target", "probe.frame", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t.target:hold { opcode = "write", stage = "data", count = 4 }
    local ios = {}
    for i = 1, 4 do
      ios[i] = ctrl:write { lba = i * 8, blocks = 8 }
    end
    t:wait_us(50)
    t:mark()
    t.port:gone()
    t:expect(t:wait_until(function() return t.hba.state == "dead" end, 60000000), "the HBA is given up")
    for i = 1, 4 do
      local status = ios[i]:wait { within_us = 60000000 }.status
      t:expect(status == "lost" or status == "aborted", "write " .. i .. " ended: " .. status)
    end
    t:expect(ctrl:read { lba = 0, blocks = 8 }.refused ~= nil, "no further command is taken")
    t:expect(not t:online {}, "the target is not registered")
    t:expect_no_frame { from = "hba" }
    t:expect_equal(t.hba:read_register(0x404), 0xffffffff, "STATUS")
  end,
}
