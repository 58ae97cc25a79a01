-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "What is written is read back, from one block to one MiB",
  references = { "sli4-io.md 2.8, 8.3, 8.4", "fc-wire.md 5.5" },
  covers     = { "IO-01", "IO-07" },
  needs      = { "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    local lba = 0
    for _, blocks in ipairs { 1, 2, 7, 8, 9, 128, 1000, 2048 } do
      local w = ctrl:write { lba = lba, blocks = blocks, segments = math.max(1, blocks // 128) }
      t:expect_equal(w:wait().status, "ok", "write of " .. blocks .. " blocks")
      local r = ctrl:read { lba = lba, blocks = blocks, segments = math.max(1, blocks // 128) }
      local result = r:wait()
      t:expect_equal(result.status, "ok", "read of " .. blocks .. " blocks")
      t:expect_equal(result.bytes, blocks * 512, "bytes")
      t:expect(r:matches(), "the data is the data written")
      lba = lba + blocks
    end
  end,
}
