-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Lengths that the port reports and that cannot be true never reach the transport as a good answer, and " ..
               "touch no memory",
  references = { "known-defects.md KD-14, KD-15", "sli4-io.md 3.2, 6.5" },
  covers     = { "ERR-03" },
  status     = "FYI",
  discussion = "With any other length neither bytes nor verdict are known.",
  needs      = { "fault.port", "fault.target", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    -- An NVMe error comes by an ERSP in memory: status 1, its length in word 2 of the entry.
    local function answered(length)
      local failed = t.target:status { opcode = "read", sct = 0, sc = 0x06, dnr = true, count = 1 }
      local edit = t.cqe:edit { code = "WQE", field = "parameter", value = length, count = 1 }
      local result = ctrl:read { lba = 0, blocks = 8 }:wait()
      t:expect_equal(failed.hits, 1, "errors sent")
      t:expect_equal(edit.hits, 1, "entries changed")
      return result.status
    end
    t:expect_equal(answered(32), "nvme", "an ERSP of 32 bytes is the target's answer")
    for _, length in ipairs { 0, 11, 12, 13, 31, 33, 128, 0xffff, 0x10020, 0x20000020, 0xffffffff } do
      local status = answered(length)
      t:expect(status ~= "ok" and status ~= "nvme", "an ERSP of " .. length .. " bytes is no answer: " .. status)
      t:expect(ctrl:wait_state("live", 60000000), "the controller lives")
    end
    local read = ctrl:read { lba = 0, blocks = 64 }
    t:expect_equal(read:wait().status, "ok", "a read afterwards")
    t:expect(read:matches(), "its data")
  end,
}
