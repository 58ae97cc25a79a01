-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Without XRI_ABORTED a command waits for four R_A_TOV, then the loss of the login returns it; its XRI stays out",
  references = { "known-defects.md KD-08", "sli4-io.md 5.5, 5.6" },
  covers     = { "XRI-11", "XRI-01" },
  status     = "FYI",
  discussion = "How long to wait is the driver's choice: longer than the port may take for two ABTS.",
  needs      = { "fault.port", "fault.target", "probe.model", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    t.xa:withhold { count = 1 }
    local hold = t.target:hold { opcode = "read", count = 1 }
    local read = ctrl:read { lba = 0, blocks = 8 }
    local xri, r_a_tov_us = read.xri, t.hba:limits().r_a_tov_ms * 1000
    t:wait_us(50)
    read:abort()
    t:wait_us(3 * r_a_tov_us)
    t:expect(not read.done, "the command still waits: the data may still change")
    local result = read:wait { within_us = 3 * r_a_tov_us }
    t:expect(result and result.status ~= "ok", "it is returned")
    hold:release()
    t:expect_equal(t.hba:counters().xri_overdue, 1, "overdue XRIs")
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives again")
    t:expect_equal(t:probe { name = "port.xri_busy" }, 1, "exchanges that the port holds busy")
    for i = 1, 1100 do                            -- more than there are XRIs
      local again = ctrl:read { lba = 0, blocks = 1 }
      if not t:expect(again.xri ~= xri, "the XRI is not used again") then return end
      if not t:expect_equal(again:wait().status, "ok", "read " .. i) then return end
    end
    t:expect_equal(t.hba:reset(), "0", "the port's reset gives it back")
  end,
  limit_ms = 300000,
}
