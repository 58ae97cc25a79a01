-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "The XRI of an aborted command is kept from the same target for R_A_TOV, then used again",
  references = { "sli4-io.md 5.1, 5.2", "fc-wire.md 6.2" },
  covers     = { "XRI-07" },
  needs      = { "probe.frame", "probe.cqe" },
  setup      = { hba = { io_xris = 16 } },
  run = function(t)
    local ctrl = t:connect()
    local r_a_tov_us = t.hba:limits().r_a_tov_ms * 1000
    t:expect(r_a_tov_us > 0, "R_A_TOV is known")
    local event = ctrl:async_event() -- stays out until something happens
    local xri = event.xri
    t:wait_us(100)
    event:abort()
    t:expect_cqe { code = "XRI_ABORTED", xri = xri }
    t:expect_equal(event:wait().status, "aborted", "status")
    local function uses(reads)       -- how often the XRI comes up
      t:mark()
      for _ = 1, reads do
        t:expect_equal(ctrl:read { lba = 0, blocks = 1 }:wait().status, "ok", "read")
      end
      return t:count_frames { from = "hba", type = "CMND", ox_id = xri }
    end
    t:expect_equal(uses(64), 0, "uses right after the abort")
    t:wait_us(r_a_tov_us - 100000)
    t:expect_equal(uses(64), 0, "uses shortly before R_A_TOV")
    t:wait_us(2100000)
    t:expect(uses(64) > 0, "the XRI is used again after R_A_TOV and a second")
  end,
}
