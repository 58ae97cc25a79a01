-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An XFER_RDY for bytes that the command does not have, or at a wrong place, ends the write and harms no other",
  references = { "sli4-io.md 5.7", "fc-wire.md 5.5" },
  covers     = { "IO-12", "XRI-02" },
  status     = "FYI",
  discussion = "Which reason the port reports is inferred; that it sends nothing beyond the buffer is not.",
  needs      = { "fault.target", "probe.frame", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64, seed = 1 }:wait().status, "ok", "write")
    for _, edit in ipairs { { "burst", 4097 }, { "burst", 0x7fffffff }, { "offset", 4096 }, { "offset", 0xfffffff0 },
                            { "burst", 0 } } do
      local wrong = t.target:xfer_rdy_edit { opcode = "write", field = edit[1], value = edit[2], count = 1 }
      t:mark()
      local write = ctrl:write { lba = 0, blocks = 8, seed = 2, timeout_ms = 3000 }
      local what = string.format("XFER_RDY with %s 0x%x", edit[1], edit[2])
      local result = write:wait { within_us = 90000000 }
      t:expect_equal(wrong.hits, 1, what .. ": sent")
      t:expect(result and result.status ~= "ok", what .. ": the write is not good")
      t:expect_equal(t:count_frames { from = "hba", type = "DATA" }, 0, what .. ": data frames")
      t:expect(t:wait_until(function() return ctrl.state == "live" end, 90000000), what .. ": the controller lives")
    end
    local read = ctrl:read { lba = 0, blocks = 64 }
    t:expect_equal(read:wait().status, "ok", "read")
    t:expect(read:matches { seed = 1 }, "the medium is as it was")
  end,
  limit_ms = 300000,
}
