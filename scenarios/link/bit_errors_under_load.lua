-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "With frames of all kinds damaged at random no wrong data is ever reported as good, every " ..
               "command ends, and the path works when the errors stop",
  references = { "fc-wire.md 1.5, 1.7", "sli4-io.md 5.7" },
  covers     = { "LINK-04", "ABTS-12" },
  needs      = { "fault.link", "probe.frame", "probe.model", "destroys.data" },
  limit_ms   = 2000000,
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 500, ctrl_loss_ms = 1000000 }
    for lba = 0, 448, 64 do
      t:expect_equal(ctrl:write { lba = lba, blocks = 64, seed = lba }:wait().status, "ok", "write")
    end
    local errors = { t.frame:corrupt { probability = 10 },
                     t.frame:corrupt { what = "header", offset = 16, probability = 3 } }
    local good, bad = 0, 0
    for round = 1, 12 do
      local ios = {}
      for i = 1, 8 do
        local io = ctrl:read { lba = 64 * (i - 1), blocks = 64, timeout_ms = 1000 }
        if not io.refused then ios[#ios + 1] = { io, 64 * (i - 1) } end
      end
      for _, pair in ipairs(ios) do
        local status = pair[1]:wait { within_us = 200000000 }.status
        if status == "ok" then
          good = good + 1
          t:expect(pair[1]:matches { seed = pair[2] }, "a good read has its data")
        else
          bad = bad + 1
        end
      end
      t:wait_until(function() return ctrl.state == "live" end, 120000000)
    end
    t:note(good .. " good, " .. bad .. " failed")
    t:expect(good > 0 and bad > 0, "both were met: " .. good .. " good, " .. bad .. " failed")
    for _, e in ipairs(errors) do e:release() end
    t:expect(ctrl:wait_state("live", 300000000), "the controller lives")
    for lba = 0, 448, 64 do
      local r = ctrl:read { lba = lba, blocks = 64 }
      t:expect_equal(r:wait().status, "ok", "read")
      t:expect(r:matches { seed = lba }, "its data")
    end
  end,
}
