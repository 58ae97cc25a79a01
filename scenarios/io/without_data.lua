-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Commands without data and without segments: one command frame, no data frame, an answer, and the medium as it was",
  references = { "sli4-io.md 2.8 FCP_ICMND64", "fc-wire.md 5.5" },
  covers     = { "IO-03", "IO-07" },
  needs      = { "probe.frame", "probe.wqe", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64, seed = 4 }:wait().status, "ok", "write")
    t:mark()
    for i = 1, 50 do
      local flush = ctrl:flush {}
      local result = flush:wait()
      t:expect_equal(result.status, "ok", "flush " .. i)
      t:expect_equal(result.bytes, 0, "its bytes")
    end
    local zeroes = ctrl:write_zeroes { lba = 8, blocks = 8 }
    t:expect_equal(zeroes:wait().status, "ok", "write zeroes")
    t:expect_equal(t:count_wqes { command = "FCP_ICMND64" }, 51, "WQEs")
    t:expect_equal(t:count_frames { from = "hba", type = "CMND" }, 51, "command frames")
    t:expect_equal(t:count_frames { type = "DATA" }, 0, "data frames")
    t:expect_equal(t:count_frames { type = "XFER_RDY" }, 0, "XFER_RDYs")
    local read = ctrl:read { lba = 0, blocks = 8 }
    t:expect_equal(read:wait().status, "ok", "read")
    t:expect(read:matches { seed = 4 }, "what was not named is as it was")
    read = ctrl:read { lba = 8, blocks = 8 }
    t:expect_equal(read:wait().status, "ok", "read")
    t:expect(read:data() == string.rep("\0", 4096), "what was named is zero")
  end,
}
