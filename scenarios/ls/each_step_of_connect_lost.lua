-- SPDX-License-Identifier: BSD-2-Clause
-- Commands of a connect, in its order, and whether the request or the response is lost.
local STEPS = { "connect", "property_get", "property_set", "identify", "set_features" }

scenario {
  purpose    = "A connect that loses any one command, or its response, aborts it, and succeeds in " ..
               "another attempt",
  references = { "fc-wire.md 7.1", "known-defects.md KD-51, KD-50" },
  covers     = { "LS-05", "LS-11", "ABTS-01" },
  needs      = { "fault.target", "fault.link", "probe.frame", "probe.model" },
  limit_ms   = 2000000,
  run = function(t)
    t:login { target = 1 }
    for _, step in ipairs(STEPS) do
      local lost = t.target:hold { opcode = step, stage = "command", count = 1 }
      t:mark()
      local ctrl = t:connect { reconnect_delay_ms = 500, ctrl_loss_ms = 300000, within_us = 300000000,
                               try = true }
      t:expect(ctrl ~= nil, "a controller although " .. step .. " was not answered")
      t:expect_equal(lost.hits, 1, step .. " kept back")
      t:expect(t:count_frames { type = "ABTS" } > 0, "one side aborts it")
      t:expect_equal(t:probe { name = "target.associations" }, 1, "associations at the target")
      if ctrl then
        t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read after " .. step)
        ctrl:disconnect()
      end
    end
    for _, frame in ipairs { "CMND", "ERSP" } do
      local lost = t.frame:drop { type = frame, count = 1 }
      local ctrl = t:connect { reconnect_delay_ms = 500, ctrl_loss_ms = 300000, within_us = 300000000,
                               try = true }
      t:expect(ctrl ~= nil, "a controller although the first " .. frame .. " was lost")
      t:expect_equal(lost.hits, 1, frame .. " lost")
      if ctrl then ctrl:disconnect() end
    end
  end,
}
