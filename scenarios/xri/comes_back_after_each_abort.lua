-- SPDX-License-Identifier: BSD-2-Clause
local ROUNDS, POOL = 40, 16

scenario {
  purpose    = "Every abort gives its XRI back: a pool of 16 serves forty aborted commands, and all " ..
               "of it is there at the end",
  references = { "sli4-io.md 5.1, 5.4" },
  covers     = { "XRI-02", "ABTS-02" },
  needs      = { "probe.cqe", "probe.wqe" },
  discussion = "Needs no fault and no trace of frames. RRQ is off: the quarantine would make it a matter of " ..
               "minutes.",
  setup      = { hba = { io_xris = POOL, enable_rrq = 0 } },
  run = function(t)
    local ctrl = t:connect { entries = 128 }
    for round = 1, ROUNDS do
      local request = ctrl:async_event()
      t:wait_us(200)
      local xri = request.xri
      t:mark()
      t:expect_equal(request:abort(), "0", "abort " .. round)
      t:expect_cqe { code = "XRI_ABORTED", xri = xri, within_us = 10000000 }
      t:expect_equal(request:wait { within_us = 10000000 }.status, "aborted", "request " .. round)
    end
    t:mark()
    local reads = {}
    for i = 1, 4 * POOL do reads[i] = ctrl:read { lba = i, blocks = 1 } end
    for i = 1, 4 * POOL do t:expect_equal(reads[i]:wait().status, "ok", "read " .. i) end
    t:expect_equal(t:count_wqes { command = "FCP_IREAD64" }, 4 * POOL, "each read was posted once")
  end,
}
