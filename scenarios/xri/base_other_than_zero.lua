-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "XRIs that begin at the port's base are posted, used and named on the wire as they are",
  references = { "sli4-port.md 5.3", "sli4-io.md 1.3, 5.1" },
  covers     = { "XRI-05" },
  needs      = { "probe.frame", "probe.wqe" },
  setup      = { port = { xri_base = 0x4000, xri_count = 64 } },
  run = function(t)
    local ctrl = t:connect()
    local limits = t.hba:limits()
    t:expect_equal(limits.xri_base, 0x4000, "first XRI")
    local used, distinct = {}, 0
    for i = 1, 100 do
      t:mark()
      local read = ctrl:read { lba = i, blocks = 1 }
      local xri = read.xri
      t:expect(xri >= 0x4000 and xri < 0x4000 + 64, string.format("XRI 0x%04x is the port's", xri))
      distinct = distinct + (used[xri] and 0 or 1)
      used[xri] = true
      t:expect_equal(read:wait().status, "ok", "read")
      t:expect_equal(t:count_wqes { command = "FCP_IREAD64", xri = xri }, 1, "WQE with that XRI")
      t:expect_equal(t:count_frames { from = "hba", type = "CMND", ox_id = xri }, 1, "CMND with that OX_ID")
    end
    t:expect(distinct > 40, distinct .. " different XRIs came round")
  end,
}
