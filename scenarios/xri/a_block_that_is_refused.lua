-- SPDX-License-Identifier: BSD-2-Clause
local POST_SGL_PAGES = 0x9b0c03

scenario {
  purpose    = "When the port refuses one block of SGLs the HBA runs with the others, and never names an XRI without SGL",
  references = { "known-defects.md KD-36", "sli4-io.md 6.11 to 6.13" },
  covers     = { "XRI-14", "XRI-03" },
  needs      = { "fault.port", "fault.target", "probe.model", "destroys.data" },
  setup      = { hba = { io_xris = 508, els_xris = 16 } },
  run = function(t)
    -- The ELS share, 254 and 254: the third command is refused.
    local refused = t.mailbox:fail { opcode = POST_SGL_PAGES, config_status = 0x03, skip = 2, count = 1 }
    local ctrl = t:connect { entries = 128 }
    t:expect_equal(refused.hits, 1, "blocks refused")
    t:expect_equal(t:count_events { type = "SGL_POST", from = "port" }, 254 + 16, "SGLs posted")
    local posted = {}
    for xri = 0, 1023 do
      posted[xri] = t:count_events { type = "SGL_POST", from = "port", xri = xri } > 0
    end
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "the pattern is written")
    for i = 1, 600 do
      local read = ctrl:read { lba = i % 64, blocks = 1 }
      if not t:expect(posted[read.xri], "XRI of read " .. i .. " was posted") then return end
      t:expect_equal(read:wait().status, "ok", "read " .. i)
    end
    -- After a reset the port takes them all.
    t:mark()
    t:expect_equal(t.hba:reset(), "0", "reset")
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives again")
    t:expect_equal(t:count_events { type = "SGL_POST", from = "port" }, 508 + 16, "SGLs posted by the reset")
  end,
}
