-- SPDX-License-Identifier: BSD-2-Clause
local LATE_NS = 10000000

scenario {
  purpose    = "While XRI_ABORTED is late its XRI serves nobody, however short the others get; then it " ..
               "is used again",
  references = { "sli4-io.md 5.1, 5.4", "known-defects.md KD-08, KD-10" },
  covers     = { "XRI-01", "XRI-02", "ABTS-08" },
  needs      = { "fault.target", "fault.port", "probe.wqe", "probe.cqe", "probe.model", "destroys.data" },
  setup      = { hba = { io_xris = 16, enable_rrq = 0 } }, -- no quarantine: nothing but XRI_ABORTED is waited for
  run = function(t)
    local ctrl = t:connect { entries = 64 }
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "the pattern is written")
    local held, xris = {}, {}
    local hold = t.target:hold { opcode = "read", count = 4 }
    for i = 1, 4 do
      held[i] = ctrl:read { lba = 0, blocks = 8 }
      xris[i] = held[i].xri
    end
    t:wait_us(50)
    t.xa:delay { ns = LATE_NS, count = 4 }
    t:mark()
    local start = t:now_us()
    for i = 1, 4 do held[i]:abort() end
    local function used()          -- reads with one of the four XRIs since the mark
      local n = 0
      for i = 1, 4 do n = n + t:count_wqes { command = "FCP_IREAD64", xri = xris[i] } end
      return n
    end
    local function press(what)     -- more reads at once than there are XRIs
      local reads = {}
      for i = 1, 48 do reads[i] = ctrl:read { lba = i, blocks = 1 } end
      for i = 1, 48 do
        t:expect_equal(reads[i]:wait().status, "ok", "read " .. what)
        t:expect(reads[i]:matches(), "data of a read " .. what)
      end
    end
    local rounds = 0
    while t:now_us() - start < LATE_NS / 1000 - 1000 do
      press("while XRI_ABORTED is late")
      t:wait_us(1000)
      rounds = rounds + 1
    end
    t:expect(rounds > 5, rounds .. " rounds of reads until then")
    t:expect_equal(t:count_cqes { code = "WQE", status = 3, reason = 0x16, xb = true }, 4,
                   "aborted commands, exchange busy")
    t:expect_equal(t:probe { name = "port.xri_busy" }, 4, "busy exchanges of the port")
    t:expect_equal(used(), 0, "reads with their XRIs until then")
    for i = 1, 4 do t:expect(not held[i].done, "read " .. i .. " is not done") end
    for i = 1, 4 do
      t:expect_cqe { code = "XRI_ABORTED", xri = xris[i], within_us = 30000 }
      t:expect_equal(held[i]:wait { within_us = 1000 }.status, "aborted", "status of read " .. i)
    end
    t:expect(t:now_us() - start >= LATE_NS / 1000, "XRI_ABORTED was as late as asked for")
    hold:release()
    for _ = 1, 4 do press("afterwards") end
    for i = 1, 4 do
      t:expect(t:count_wqes { command = "FCP_IREAD64", xri = xris[i] } > 0,
               "the XRI of read " .. i .. " is used again")
    end
    t:expect_equal(t.hba:counters().xri_aborted_unknown, 0, "XRI_ABORTED that belong to nothing")
  end,
}
