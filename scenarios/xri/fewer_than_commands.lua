-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "More commands than XRIs: the driver refuses what it has none for, and each ends well, posted once",
  references = { "sli4-io.md 5.1, 6.14" },
  covers     = { "XRI-04", "IO-09" },
  needs      = { "probe.wqe" },
  discussion = "Needs no fault and no trace of frames: the script submits all of them before it waits, so the " ..
               "pool runs dry however fast the port is.",
  setup      = { hba = { io_xris = 16 } },
  run = function(t)
    local ctrl = t:connect { entries = 64 }
    t:mark()
    local reads = {}
    for i = 1, 48 do reads[i] = ctrl:read { lba = i - 1, blocks = 1 } end
    t:expect(t:count_wqes { command = "FCP_IREAD64" } <= 16, "no more WQEs than XRIs")
    t:expect(t.hba:counters().noxri > 0, "commands were refused for want of an XRI")
    for i = 1, 48 do t:expect_equal(reads[i]:wait().status, "ok", "read " .. i) end
    t:expect_equal(t:count_wqes { command = "FCP_IREAD64" }, 48, "each read was posted once")
  end,
}
