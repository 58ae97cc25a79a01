-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A write sends nothing before XFER_RDY, and then one sequence of the burst asked for, " ..
               "at its offset",
  references = { "fc-wire.md 5.5", "sli4-io.md 5.7, 8.4" },
  covers     = { "IO-02", "IO-06", "IO-08" },
  needs      = { "fault.target", "fault.link", "probe.frame", "destroys.data" },
  setup      = { targets = { { burst_bytes = 32768 } } },
  run = function(t)
    local ctrl = t:connect()
    local held = t.target:hold { opcode = "write", stage = "data", count = 1 }
    t:mark()
    local io = ctrl:write { lba = 16, blocks = 200, segments = 7 }          -- 102400 bytes: 3 bursts and 4096
    t:expect_no_frame { from = "hba", type = "DATA", for_us = 2000 }
    t:expect_equal(held.hits, 1, "the write waits at the target")
    t:expect_equal(t:count_frames { from = "target", type = "XFER_RDY" }, 0, "XFER_RDY so far")
    t.frame:delay { type = "XFER_RDY", from = "target", ns = 1000000 }   -- time to look before it arrives
    held:release()
    local bursts = { { 0, 32768 }, { 32768, 32768 }, { 65536, 32768 }, { 98304, 4096 } }
    for n, burst in ipairs(bursts) do
      for _ = 1, 200 do                          -- in small steps, to look while the XFER_RDY is on its way
        if t:count_frames { from = "target", type = "XFER_RDY" } == n then break end
        t:wait_us(20)
      end
      t:expect_equal(t:count_frames { from = "target", type = "XFER_RDY", ox_id = io.xri, length = 12,
                                      bytes = string.pack(">I4I4I4", burst[1], burst[2], 0) }, 1,
                     "XFER_RDY " .. n)
      t:expect_equal(t:count_frames { from = "hba", type = "DATA", parameter = burst[1] }, 0,
                     "data at " .. burst[1] .. " before XFER_RDY arrives")
    end
    t:expect_equal(io:wait().status, "ok", "the write")
    for _, burst in ipairs(bursts) do
      local last = burst[2] % 2112
      t:expect_frame { from = "hba", type = "DATA", parameter = burst[1], length = 2112 }
      t:expect_frame { from = "hba", type = "DATA", parameter = burst[1] + burst[2] - last, length = last }
    end
    t:expect_equal(t:count_frames { from = "target", type = "XFER_RDY" }, 4, "XFER_RDY")
    t:expect_equal(t:count_frames { from = "hba", type = "DATA" }, 3 * 16 + 2, "data frames")
    local r = ctrl:read { lba = 16, blocks = 200 }
    t:expect_equal(r:wait().status, "ok", "read")
    t:expect(r:matches(), "the data is the data written")
  end,
}
