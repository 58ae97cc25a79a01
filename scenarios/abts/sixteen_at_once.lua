-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Sixteen aborts in one go all end, each with one ABTS and one XRI_ABORTED, and other " ..
               "commands are spared",
  references = { "sli4-io.md 5.4, 8.6", "known-defects.md KD-01" },
  covers     = { "ABTS-07", "ABTS-01", "ABTS-02" },
  needs      = { "fault.target", "probe.frame", "probe.cqe" },
  run = function(t)
    local ctrl = t:connect { entries = 64 }
    local held = t.target:hold { opcode = "read", count = 20 }
    local ios, xris = {}, {}
    for i = 1, 20 do
      ios[i] = ctrl:read { lba = 8 * i, blocks = 8 }
      xris[i] = ios[i].xri
    end
    t:wait_us(100)
    t:expect_equal(held.hits, 20, "reads held")
    t:mark()
    for i = 1, 16 do
      t:expect_equal(ios[i]:abort(), "0", "abort " .. i)
    end
    for i = 1, 16 do
      t:expect_frame { from = "hba", type = "ABTS", ox_id = xris[i], within_us = 100 }
      t:expect_cqe   { code = "XRI_ABORTED", xri = xris[i], within_us = 2000 }
      t:expect_equal(ios[i]:wait { within_us = 2000 }.status, "aborted", "read " .. i)
    end
    held:release()
    for i = 17, 20 do
      t:expect_equal(ios[i]:wait { within_us = 1000 }.status, "ok", "read " .. i .. " that nobody aborted")
    end
    t:expect_equal(t:count_frames { from = "hba", type = "ABTS" }, 16, "ABTS sent")
    t:expect_equal(t:count_cqes { code = "XRI_ABORTED" }, 16, "XRI_ABORTED")
  end,
}
