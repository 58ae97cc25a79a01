-- SPDX-License-Identifier: BSD-2-Clause
local LOCAL_REJECT, MISSING_XRIBUF, INVALID_XRI = 3, 0x30, 0x32

local function els_request(xri)
  local words = {}
  for i = 1, 32 do words[i] = 0 end
  words[4] = 116                   -- W3: payload length
  words[6] = 0xfffffe              -- W5: D_ID
  words[7] = xri
  words[8] = 2 << 16 | 0x8a << 8 | 1 << 2 -- W7: class 3, ELS_REQUEST64, context is a VPI
  words[12] = 0xffff << 16 | 0x0c  -- W11
  return words
end

scenario {
  purpose    = "A WQE with an XRI that has no SGL, or that the port does not have, is rejected",
  references = { "sli4-io.md 2.14, 3.7, 5.1" },
  covers     = { "XRI-03" },
  status     = "FYI",
  discussion = "That it is rejected follows from the life of an XRI; the reason codes are inferred.",
  needs      = { "probe.frame" },
  setup      = { port = { xri_count = 128 }, hba = { els_xris = 16, io_xris = 32 } },
  run = function(t)
    t:login { target = 1 }
    local limits = t.hba:limits()
    local cases = { { limits.xri_base + limits.xri_count - 1, MISSING_XRIBUF },
                    { limits.xri_base + limits.xri_count, INVALID_XRI } }
    for _, case in ipairs(cases) do
      t:allow { rule = "XRI-UNPOSTED", id = string.format("XRI 0x%04x", case[1]) }
      t:mark()
      local cqe = t.hba:wqe { words = els_request(case[1]), queue = "els" }:wait { within_us = 1000 }
      t:expect_equal(cqe.status, LOCAL_REJECT, "status")
      t:expect_equal(cqe.reason, case[2], "reason")
      t:expect_equal(cqe.placed, 0, "bytes")
      t:expect_equal(cqe.xb, false, "exchange busy")
      t:expect_no_frame { from = "hba", for_us = 1000 }
    end
    t:expect_equal(t:connect():read { lba = 0, blocks = 8 }:wait().status, "ok", "read")
  end,
}
