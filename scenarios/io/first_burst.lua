-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "With first burst agreed by both sides a write sends its first bytes with the command, " ..
               "the rest on XFER_RDY",
  references = { "sli4-io.md 2.8 First burst", "fc-wire.md 5.5" },
  covers     = { "IO-02", "IO-01" },
  needs      = { "fault.link", "probe.frame", "destroys.data" },
  setup      = { hba = { first_burst = true },
                 targets = { { first_burst = true, first_burst_bytes = 8192, burst_bytes = 65536 } } },
  run = function(t)
    local ctrl = t:connect()
    t:mark()
    local small = ctrl:write { lba = 0, blocks = 8 }
    t:expect_equal(small:wait().status, "ok", "a write smaller than the first burst")
    t:expect_equal(t:count_frames { from = "target", type = "XFER_RDY" }, 0, "XFER_RDY for it")
    t:expect_equal(t:count_frames { from = "hba", type = "DATA" }, 2, "data frames of it")
    t.frame:delay { type = "XFER_RDY", from = "target", ns = 2000000 }
    t:mark()
    local large = ctrl:write { lba = 64, blocks = 64, segments = 3 }
    t:expect_frame { from = "hba", type = "DATA", parameter = 3 * 2112, length = 1856, within_us = 1000 }
    t:expect_no_frame { from = "hba", type = "DATA", parameter = 8192, for_us = 1500 }
    t:expect_equal(t:count_frames { from = "hba", type = "DATA" }, 4, "data frames before XFER_RDY arrives")
    t:expect_frame { from = "target", type = "XFER_RDY", bytes = string.pack(">I4I4", 8192, 24576),
                     within_us = 1000 }
    t:expect_frame { from = "hba", type = "DATA", parameter = 8192, length = 2112, within_us = 3000 }
    t:expect_equal(large:wait().status, "ok", "a write larger than the first burst")
    t:expect_equal(t:count_frames { from = "target", type = "XFER_RDY" }, 1, "XFER_RDY for it")
    for _, place in ipairs { { 0, 8 }, { 64, 64 } } do
      local r = ctrl:read { lba = place[1], blocks = place[2] }
      t:expect_equal(r:wait().status, "ok", "read")
      t:expect(r:matches(), "the data is the data written")
    end
  end,
}
