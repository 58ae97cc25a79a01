-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A port that moves data to or from an address that the host has not mapped ends that command, and no other",
  references = { "sli4-io.md 3.7", "sli4-port.md 8" },
  covers     = { "ERR-07" },
  status     = "FYI",
  discussion = "Inside of what is mapped no host can notice a wrong address; behind an IOMMU it faults outside of it.",
  needs      = { "fault.port", "destroys.data" },
  run = function(t)
    local FAR = 1 << 45
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    for _, what in ipairs { "read", "write" } do
      t:allow { rule = "DMA-UNMAPPED", count = 1 }
      local wrong = t.dma:misplace { what = what, bytes = FAR, count = 1 }
      local ios = {}
      for i = 1, 4 do ios[i] = ctrl[what](ctrl, { lba = i * 8, blocks = 4, seed = what == "write" and 1 or nil }) end
      local bad = 0
      for i = 1, 4 do bad = bad + (ios[i]:wait { within_us = 60000000 }.status ~= "ok" and 1 or 0) end
      t:expect_equal(wrong.hits, 1, what .. ": wrong addresses")
      t:expect(bad >= 1, what .. ": the command is not good")
      t:expect(t:wait_until(function() return ctrl.state == "live" end, 90000000), "the controller lives")
      local read = ctrl:read { lba = 0, blocks = 8 }
      t:expect_equal(read:wait().status, "ok", "a read afterwards")
      t:expect(read:matches(), "its data")
    end
    t:expect_equal(t.hba:counters().resets, 0, "resets")
  end,
}
