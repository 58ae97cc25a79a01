-- SPDX-License-Identifier: BSD-2-Clause
-- The bounce comes when this frame passes.
local STEPS = {
  { type = "FLOGI", from = "hba" },
  { type = "LS_ACC", from = "switch" },
  { type = "PLOGI", from = "hba", d_id = 0xfffffc },
  { type = "RFT_ID", from = "hba" },
  { type = "SCR", from = "hba" },
  { type = "GID_FT", from = "hba" },
  { type = "CT_ACC", from = "switch", skip = 5 },
  { type = "PLOGI", from = "hba", skip = 1 },
  { type = "LS_ACC", from = "target" },
  { type = "PRLI", from = "hba" },
  { type = "LS_ACC", from = "target", skip = 1 },
  { type = "CREATE_ASSOCIATION", from = "hba" },
  { type = "CMND", from = "hba" },
}

scenario {
  purpose    = "The link bounces at every step of a login, during the frame and a little later: each " ..
               "time one login, one registration and a working path follow",
  references = { "fc-wire.md 3, 4.3", "sli4-port.md 5.1", "known-defects.md KD-27, KD-28, KD-38" },
  covers     = { "LINK-02", "LINK-03", "DISC-01" },
  needs      = { "fault.link", "probe.frame", "probe.model" },
  setup      = { port = { rpi_count = 8 } },
  limit_ms   = 1000000,
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 500 }
    for i, step in ipairs(STEPS) do
      for _, delay in ipairs { 0, 15, 40 } do
        step.count = 1
        local watch = t.frame:watch(step)
        t.link:bounce { down_us = 500, on = watch, after_us = delay }
        t.link:bounce { down_us = 100 }            -- starts the login that the other interrupts
        t:expect(t:wait_until(function() return watch.hits > 0 end, 20000000), "step " .. i .. " is met")
        t:wait_us(1000)
        t:expect(ctrl:wait_state("live", 60000000), "the controller lives after step " .. i)
        t:expect(t:online {}, "the target is registered after step " .. i)
        t:expect_equal(t:probe { name = "target.associations" }, 1, "associations")
        t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read after step " .. i)
      end
    end
    t:wait_us(3000000)
    t:expect_equal(t:probe { name = "port.rpi_registered" }, 2, "RPIs: name server, target")
  end,
}
