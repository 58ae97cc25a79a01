-- SPDX-License-Identifier: BSD-2-Clause
-- The LOGO comes when this frame of a login passes, and so much later.
local MOMENTS = {
  { type = "PLOGI", from = "hba", skip = 1 },     -- the first is that at the name server
  { type = "LS_ACC", from = "target" },
  { type = "PRLI", from = "hba" },
  { type = "LS_ACC", from = "target", skip = 1 },
  { type = "CREATE_ASSOCIATION", from = "hba" },
  { type = "CMND", from = "hba" },
}

scenario {
  purpose    = "A LOGO or PRLO from the target in every state of a login is accepted and followed by a " ..
               "new login, until the port is registered; no PRLI goes out without a login",
  references = { "fc-wire.md 3.5", "known-defects.md KD-39" },
  covers     = { "DISC-08" },
  needs      = { "fault.target", "fault.link", "probe.frame" },
  limit_ms   = 2000000,
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 500, ctrl_loss_ms = 1000000 }
    for i, moment in ipairs(MOMENTS) do
      for _, verb in ipairs { "target.logo", "target.prlo" } do
        moment.count = 1
        local watch = t.frame:watch(moment)
        local end_it = t:fault { verb = verb, on = watch, after_us = 3 }
        t.link:bounce { down_us = 500 }
        t:expect(t:wait_until(function() return watch.hits > 0 end, 20000000), "moment " .. i .. " is met")
        t:wait_us(1000)
        t:expect(ctrl:wait_state("live", 120000000),
                 "the controller lives after " .. verb .. " at moment " .. i)
        t:expect(t:online {}, "the target is registered")
        t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
        end_it:release()
        t:wait_us(11000000)                      -- a login that lasts is none of those that end soon
      end
    end
    local did = t.hba:node {}.did
    t:mark()
    t.target:logo()
    t:expect_frame { from = "hba", type = "ELS_ACC", d_id = did, within_us = 1000000 }
    t:expect_frame { from = "hba", type = "PLOGI", d_id = did, within_us = 5000000 }
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives in the end")
  end,
}
