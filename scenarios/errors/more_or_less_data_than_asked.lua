-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A target sends less data than a read asked for, none, or more: the read is not good, or " ..
               "says how little it got; never more than the buffer holds; and the path recovers",
  references = { "fc-wire.md 5.5, 5.6", "sli4-io.md 3.2, 3.3" },
  covers     = { "IO-03" },
  needs      = { "fault.target", "probe.frame", "probe.model", "destroys.data" },
  limit_ms   = 600000,
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 200, ctrl_loss_ms = 500000 }
    t:expect_equal(ctrl:write { lba = 0, blocks = 64, seed = 3 }:wait().status, "ok", "write")
    for _, bytes in ipairs { 0, 4, 512, 2112, 16384, 32764, 32772, 33280, 65536, 1048576 } do
      local edit = t.target:data_edit { opcode = "read", qid = 1, bytes = bytes, count = 1 }
      local io = ctrl:read { lba = 0, blocks = 64, timeout_ms = 2000 }
      local result = io:wait { within_us = 100000000 }
      t:expect_equal(edit.hits, 1, "reads changed to " .. bytes)
      t:expect(result.status ~= "ok" or (bytes < 32768 and result.bytes == bytes),
               bytes .. " bytes instead of 32768: " .. result.status .. ", " .. result.bytes .. " bytes")
      if not t:expect(ctrl:wait_state("live", 120000000),
                      "the controller lives after " .. bytes) then return end
      local r = ctrl:read { lba = 0, blocks = 64 }
      t:expect_equal(r:wait().status, "ok", "a read afterwards")
      t:expect(r:matches { seed = 3 }, "its data")
    end
  end,
}
