-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A port error at whatever stage of a command, from the fetch of its WQE to its completion entry, returns it once",
  references = { "sli4-io.md 5.5, 8.10", "known-defects.md KD-30, KD-34" },
  covers     = { "RESET-02", "RESET-04" },
  needs      = { "fault.port", "fault.link", "fault.target", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local stages = {
      { "WQE fetched", function() return t.wqe:watch { command = 0x9a, count = 1 } end },
      { "command on the wire", function() return t.frame:watch { type = "CMND", count = 1 } end },
      { "first data", function() return t.frame:watch { type = "DATA", from = "target", count = 1 } end },
      { "data in the middle", function() return t.frame:watch { type = "DATA", from = "target", skip = 7, count = 1 } end },
      { "response on the wire", function() return t.frame:watch { type = "RSP", count = 1 } end },
      { "completion entry posted", function() return t.cqe:watch { code = "WQE", count = 1 } end },
      { "abort fetched", function() return t.wqe:watch { command = 0x0f, count = 1 } end },
      { "ABTS on the wire", function() return t.frame:watch { type = "ABTS", count = 1 } end },
      { "XRI_ABORTED posted", function() return t.cqe:watch { code = "XRI_ABORTED", count = 1 } end } }
    for n, stage in ipairs(stages) do
      local abort = n >= 7
      local hold = abort and t.target:hold { opcode = "read" }
      local watch = stage[2]()
      t.port:error { on = watch }
      local ios = {}
      for i = 1, 6 do ios[i] = ctrl:read { lba = i, blocks = 40 } end
      if abort then
        t:wait_us(50)
        for i = 1, 3 do ios[i]:abort() end
      end
      local lost = 0
      for i = 1, 6 do
        local status = ios[i]:wait { within_us = 60000000 }.status
        lost = lost + (status == "ok" and 0 or 1)
        if status == "ok" then t:expect(ios[i]:matches(), "data of a read that is good") end
      end
      t:expect_equal(watch.hits, 1, stage[1] .. ": it came to that")
      t:expect(lost > 0, stage[1] .. ": commands that were lost")
      if hold then hold:release() end
      t:expect(t:wait_until(function() return t.hba:counters().resets == n end, 60000000), stage[1] .. ": reset")
      t:expect(t:wait_until(function() return ctrl:info().connects == n + 1 end, 90000000), stage[1] .. ": connected")
      t:expect(ctrl:wait_state("live", 60000000), stage[1] .. ": the controller lives again")
      local read = ctrl:read { lba = 0, blocks = 64 }
      t:expect_equal(read:wait().status, "ok", stage[1] .. ": a read afterwards")
      t:expect(read:matches(), "its data")
    end
  end,
  limit_ms = 900000,
}
