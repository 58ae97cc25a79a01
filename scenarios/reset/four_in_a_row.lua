-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Resets one after another, an abort under way in each, leave the port with all that it had",
  references = { "known-defects.md KD-30, KD-34", "sli4-port.md 8.3" },
  covers     = { "RESET-04", "XRI-06" },
  discussion = "Needs no fault and no trace of frames: that nothing was lost shows in what can be used " ..
               "afterwards.",
  setup      = { hba = { io_xris = 16, enable_rrq = 0 } },
  run = function(t)
    local ctrl = t:connect { entries = 128, reconnect_delay_ms = 100 }
    local before = t.hba:limits()
    for round = 1, 4 do
      local request = ctrl:async_event()
      t:wait_us(200)
      request:abort()
      t:expect_equal(t.hba:reset(), "0", "reset " .. round)
      local result = request:wait { within_us = 10000000 }
      t:expect(result and result.status ~= "ok", "the event request is returned")
      t:expect(t:wait_until(function() return ctrl:info().connects == round + 1 end, 60000000), "connected again")
      t:expect(ctrl:wait_state("live", 60000000), "the controller lives again")
    end
    local after = t.hba:limits()
    for _, name in ipairs { "xri_count", "rpi_count", "eq_count", "cq_count", "wq_count", "els_xris" } do
      t:expect_equal(after[name], before[name], name)
    end
    local reads = {}
    for i = 1, 64 do reads[i] = ctrl:read { lba = i, blocks = 1 } end
    for i = 1, 64 do t:expect_equal(reads[i]:wait().status, "ok", "read " .. i) end
    t:expect_equal(t.hba:counters().resets, 4, "resets")
  end,
}
