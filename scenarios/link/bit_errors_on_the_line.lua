-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "With bits of the line wrong at random, in frames and in R_RDYs, no wrong data is reported as good, " ..
               "every command ends, and the path works at full rate when the errors stop",
  references = { "fc-wire.md 1.2, 1.3, 1.6, 1.8" },
  covers     = { "LINK-04", "LINK-05" },
  needs      = { "fault.link", "probe.model", "destroys.data" },
  limit_ms   = 2000000,
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 500, ctrl_loss_ms = 1000000 }
    for lba = 0, 448, 64 do
      t:expect_equal(ctrl:write { lba = lba, blocks = 64, seed = lba }:wait().status, "ok", "write")
    end
    local words = t:probe { name = "link.invalid_words", port = 0 }
    local errors = { t.link:bit_errors { per_billion = 700 },
                     t.link:bit_errors { per_billion = 700, peer = true } }
    local good, bad = 0, 0
    for round = 1, 10 do
      local ios = {}
      for i = 0, 7 do
        local io = ctrl:read { lba = 64 * i, blocks = 64, timeout_ms = 1000 }
        if not io.refused then ios[#ios + 1] = { io, 64 * i } end
      end
      for _, pair in ipairs(ios) do
        if pair[1]:wait { within_us = 200000000 }.status == "ok" then
          good = good + 1
          t:expect(pair[1]:matches { seed = pair[2] }, "a good read has its data")
        else
          bad = bad + 1
        end
      end
      t:wait_until(function() return ctrl.state == "live" end, 120000000)
    end
    for _, e in ipairs(errors) do e:release() end
    t:note(good .. " good, " .. bad .. " failed")
    t:expect(good > 0 and bad > 0, "both were met: " .. good .. " good, " .. bad .. " failed")
    t:expect(t:probe { name = "link.invalid_words", port = 0 } > words, "the HBA saw invalid words")
    t:expect(ctrl:wait_state("live", 300000000), "the controller lives")
    for lba = 0, 448, 64 do
      local r = ctrl:read { lba = lba, blocks = 64, timeout_ms = 20000 }
      t:expect_equal(r:wait { within_us = 30000000 }.status, "ok", "read")
      t:expect(r:matches { seed = lba }, "its data")
    end
  end,
}
