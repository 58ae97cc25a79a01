-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "253 and 254 data segments move the right data; 255 are refused, nothing is sent and " ..
               "nothing is lost by it",
  references = { "sli4-io.md 1.2, 2.8, 6.7, 6.8" },
  covers     = { "IO-05", "IO-09", "IO-01" },
  needs      = { "probe.wqe", "destroys.data" },
  setup      = { hba = { io_xris = 16, sg_segments = 254 } },
  run = function(t)
    local ctrl = t:connect()
    local function lengths(n)                    -- n - 1 segments of a word more each, the rest in the last
      local list, left = {}, 128 * 512
      for i = 1, n - 1 do
        list[i] = 4 + i % 7 * 4
        left = left - list[i]
      end
      list[n] = left
      return list
    end
    for _, n in ipairs { 253, 254 } do
      local w = ctrl:write { lba = 0, blocks = 128, segments = lengths(n), seed = n }
      t:expect_equal(w.refused, nil, "a write of " .. n .. " segments")
      t:expect_equal(w:wait().status, "ok", "its status")
      local r = ctrl:read { lba = 0, blocks = 128, segments = lengths(n) }
      t:expect_equal(r:wait().status, "ok", "a read of " .. n .. " segments")
      t:expect(r:matches { seed = n }, "its data")
    end
    t:mark()
    for i = 1, 100 do                            -- more often than there are XRIs
      t:expect_equal(ctrl:write { lba = 0, blocks = 128, segments = lengths(255) }.refused, "EINVAL",
                     "write of 255 segments, time " .. i)
      t:expect_equal(ctrl:read { lba = 0, blocks = 128, segments = lengths(255) }.refused, "EINVAL",
                     "read of 255 segments, time " .. i)
    end
    t:wait_us(100)
    t:expect_no_wqe { command = "FCP_IWRITE64" }
    t:expect_no_wqe { command = "FCP_IREAD64" }
    local r = ctrl:read { lba = 0, blocks = 128, segments = lengths(254) }
    t:expect_equal(r:wait().status, "ok", "the same read with 254 segments")
    t:expect(r:matches { seed = 254 }, "the medium as it was")
  end,
}
