-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "With two SGL pages 255, 509 and 510 data segments move the right data; 511 are refused and nothing is lost by it",
  references = { "sli4-io.md 1.2, 1.3, 2.8", "known-defects.md KD-19" },
  covers     = { "IO-05", "IO-01" },
  needs      = { "probe.wqe", "destroys.data" },
  setup      = { hba = { io_xris = 16, sg_segments = 510 } },
  run = function(t)
    local ctrl = t:connect()
    local function lengths(n)
      local list, left = {}, 256 * 512
      for i = 1, n - 1 do
        list[i] = 4 + i % 5 * 4
        left = left - list[i]
      end
      list[n] = left
      return list
    end
    -- 254 is the last that one page holds; 255 to 257 lie around the beginning of the second.
    for _, n in ipairs { 1, 2, 253, 254, 255, 256, 257, 509, 510, 3 } do
      local write = ctrl:write { lba = 0, blocks = 256, segments = lengths(n), seed = n }
      t:expect_equal(write.refused, nil, "a write of " .. n .. " segments")
      if not t:expect_equal(write:wait().status, "ok", "its status") then return end
      local read = ctrl:read { lba = 0, blocks = 256, segments = lengths(n) }
      if not t:expect_equal(read:wait().status, "ok", "a read of " .. n .. " segments") then return end
      t:expect(read:matches { seed = n }, "its data")
    end
    t:mark()
    for _ = 1, 40 do                              -- more often than there are XRIs
      t:expect_equal(ctrl:read { lba = 0, blocks = 256, segments = lengths(511) }.refused, "EINVAL",
                     "a read of 511 segments")
    end
    t:expect_no_wqe { command = "FCP_IREAD64", for_us = 100 }
    local read = ctrl:read { lba = 0, blocks = 256, segments = lengths(510) }
    t:expect_equal(read:wait().status, "ok", "a read of 510 segments afterwards")
    t:expect(read:matches { seed = 3 }, "its data")
  end,
}
