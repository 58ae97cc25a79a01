-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Reads and writes from 512 bytes to 1 MiB, cut into segments of any word length at any place, move the same data",
  references = { "sli4-io.md 1.2, 2.8", "fc-wire.md 5.5" },
  covers     = { "IO-01", "IO-06" },
  needs      = { "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    -- Segments that end inside of a block, of a page, and of a frame (2112 bytes).
    local function cut(bytes, first)
      local list, left, n = {}, bytes, first
      while left > 0 and #list < 250 do
        local length = math.min(left, n)
        list[#list + 1], left = length, left - length
        n = ({ 4, 508, 516, 2108, 2112, 2116, 4092, 4096, 4100, 12, 65532 })[#list % 11 + 1]
      end
      list[#list] = list[#list] + left
      return list
    end
    for n, blocks in ipairs { 1, 2, 3, 4, 5, 8, 9, 16, 31, 128, 129, 512, 1023, 2048 } do
      local bytes = blocks * 512
      for cuts = 1, 3 do
        local segments = ({ { bytes }, cut(bytes, 4), cut(bytes, 2100) })[cuts]
        local seed = n * 8 + cuts
        local write = ctrl:write { lba = 7, blocks = blocks, segments = segments, seed = seed }
        local what = blocks .. " blocks in " .. #segments .. " segments"
        if not t:expect_equal(write:wait().status, "ok", "write of " .. what) then return end
        for other = 1, 3 do                       -- read with another cut than it was written with
          local read = ctrl:read { lba = 7, blocks = blocks,
                                   segments = ({ { bytes }, cut(bytes, 4), cut(bytes, 2100) })[other] }
          local result = read:wait()
          if not t:expect_equal(result.status, "ok", "read of " .. what) then return end
          t:expect_equal(result.bytes, bytes, "its bytes")
          t:expect(read:matches { seed = seed }, "its data")
        end
      end
    end
  end,
}
