-- SPDX-License-Identifier: BSD-2-Clause
local FCP_RSP_FAILURE = 1

scenario {
  purpose    = "Lengths that the port reports and that cannot be true never reach the transport as a good answer, and " ..
               "touch no memory",
  references = { "known-defects.md KD-14, KD-15", "sli4-io.md 3.2, 6.5" },
  covers     = { "ERR-03" },
  status     = "FYI",
  discussion = "A length of 12 or 24 is that of a good RSP, which no firmware writes to memory; it may be an error as well.",
  needs      = { "fault.port", "fault.target" },
  run = function(t)
    local ctrl = t:connect()
    local connects = 1
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local function spoiled(what, edits)
      local faults = {}
      for i, e in ipairs(edits) do
        e.code, e.count = "WQE", 1
        faults[i] = t.cqe:edit(e)
      end
      local status = t.target:rsp_edit { opcode = "read", field = "result", value = 7, count = 1 }
      local result = ctrl:read { lba = 0, blocks = 8 }:wait()
      t:expect_equal(faults[1].hits, 1, what .. ": entries changed")
      t:expect(result.status ~= "ok" and result.status ~= "nvme", what .. " is no answer: " .. result.status)
      status:release()
      for _, f in ipairs(faults) do f:release() end
      t:expect(ctrl:wait_state("live", 60000000), "the controller lives after " .. what)
    end
    -- An ERSP with a result above 32 bits comes through memory: status 1, its length in word 2.
    for _, length in ipairs { 0, 11, 13, 31, 33, 128, 0xffff, 0x10020, 0xffffffff } do
      spoiled("an ERSP of " .. length .. " bytes", { { field = "parameter", value = length },
                                                     { field = "status", value = FCP_RSP_FAILURE },
                                                     { field = "code", value = 1 } })
    end
    local read = ctrl:read { lba = 0, blocks = 64 }
    t:expect_equal(read:wait().status, "ok", "a read afterwards")
    t:expect(read:matches(), "its data")
  end,
}
