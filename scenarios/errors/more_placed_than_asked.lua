-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A completion that claims more bytes, fewer bytes, an underrun or an overrun is no good read",
  references = { "sli4-io.md 3.2", "known-defects.md KD-15" },
  covers     = { "ERR-03" },
  status     = "FYI",
  needs      = { "fault.port", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local cases = { { "placed", 4097 }, { "placed", 0xffffffff }, { "placed", 0 }, { "placed", 4095 },
                    { "hw_status", 1 }, { "hw_status", 2 } }
    for _, c in ipairs(cases) do
      local edit = t.cqe:edit { code = "WQE", field = c[1], value = c[2], count = 1 }
      local result = ctrl:read { lba = 0, blocks = 8 }:wait()
      local what = string.format("%s 0x%x", c[1], c[2])
      t:expect_equal(edit.hits, 1, what .. ": entries changed")
      t:expect(result.status ~= "ok", what .. " is not good: " .. result.status)
      t:expect(ctrl:wait_state("live", 60000000), "the controller lives after " .. what)
    end
    local read = ctrl:read { lba = 0, blocks = 64 }
    t:expect_equal(read:wait().status, "ok", "a read afterwards")
    t:expect(read:matches(), "its data")
  end,
}
