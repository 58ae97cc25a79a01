-- SPDX-License-Identifier: BSD-2-Clause
local POST_SGL_PAGES = 0x9b0c03

scenario {
  purpose    = "SGLs are posted in blocks of what fits a page, 254: two of them for 508 XRIs, and every XRI works",
  references = { "sli4-io.md 1.3, 6.11", "sli4-port.md 4.5" },
  covers     = { "XRI-13" },
  needs      = { "fault.target", "probe.model", "probe.mailbox", "destroys.data" },
  setup      = { hba = { io_xris = 508, els_xris = 16 } },
  run = function(t)
    local ctrl = t:connect { entries = 128, io_queues = 1 }
    local limits = t.hba:limits()
    t:expect_equal(t:count_events { type = "SGL_POST", from = "port" }, 508 + 16, "SGLs posted")
    -- 16 of the ELS share, 254, 254: the port has taken each XRI once.
    t:expect_equal(t:count_events { type = "MBX_RESPONSE", from = "port", b = POST_SGL_PAGES, status = 0 }, 3, "POST_SGL_PAGES")
    -- The driver's own trace names them too, although their config headers lie outside the mailbox entry.
    for n = 1, 3 do
      t:expect_mailbox { opcode = POST_SGL_PAGES, status = 0 }
    end
    t:expect_no_mailbox { opcode = 0x9b0000 }
    for xri = limits.xri_base, limits.xri_base + 523 do
      if not t:expect_equal(t:count_events { type = "SGL_POST", from = "port", xri = xri }, 1, "SGLs of XRI " .. xri) then return end
    end
    -- Use them all, the last one too.
    t:expect_equal(ctrl:write { lba = 0, blocks = 1200 }:wait().status, "ok", "the pattern is written")
    local used, distinct = {}, 0
    for i = 1, 1200 do
      local read = ctrl:read { lba = i - 1, blocks = 1 }
      if not used[read.xri] then used[read.xri], distinct = true, distinct + 1 end
      t:expect_equal(read:wait().status, "ok", "read " .. i)
      t:expect(read:matches(), "its data")
    end
    -- One is the event request's, eight are kept for keep-alives.
    t:expect_equal(distinct, 508 - 1 - 8, "XRIs that came round")
  end,
}
