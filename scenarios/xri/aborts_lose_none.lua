-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Aborts on every XRI of a small pool, many times over, leave the pool as large as it was",
  references = { "sli4-io.md 5.1, 6.15, 6.19", "known-defects.md KD-10" },
  covers     = { "XRI-02", "XRI-04" },
  needs      = { "probe.wqe", "probe.cqe", "probe.model" },
  setup      = { hba = { io_xris = 24, enable_rrq = 0 } }, -- no quarantine: each XRI comes round soon
  run = function(t)
    local ctrl = t:connect { entries = 64 }
    local function size_of_pool()    -- how many commands go out before any time has passed
      t:mark()
      local reads = {}
      for i = 1, 48 do
        reads[i] = ctrl:read { lba = i, blocks = 1 }
      end
      local out = t:count_wqes { command = "FCP_IREAD64" }
      for i = 1, 48 do
        t:expect_equal(reads[i]:wait().status, "ok", "read")
      end
      return out
    end
    local before = size_of_pool()
    t:expect(before > 8 and before <= 24, before .. " commands fit the pool")
    local aborted, distinct = {}, 0
    t:mark()
    for round = 1, 100 do
      local event = ctrl:async_event() -- stays out until something happens
      local xri = event.xri
      if not xri then
        t:expect(false, "round " .. round .. ": the pool is empty")
        return
      end
      t:wait_us(10)
      event:abort()
      if event:wait { within_us = 1000 }.status ~= "aborted" then
        t:expect(false, "round " .. round .. ": the command was not aborted")
        return
      end
      distinct = distinct + (aborted[xri] and 0 or 1)
      aborted[xri] = true
    end
    t:expect_equal(distinct, before, "XRIs that were aborted at some time")
    t:expect_equal(t:count_cqes { code = "XRI_ABORTED" }, 100, "XRI_ABORTED")
    t:expect_equal(t:probe { name = "port.xri_busy" }, 0, "busy exchanges of the port")
    t:expect_equal(size_of_pool(), before, "commands that fit the pool afterwards")
  end,
}
