-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A target logs out, then answers nothing more: sixteen commands, some being aborted, all " ..
               "come back, and the remote port is deleted",
  references = { "sli4-io.md 5.4, 7.3", "known-defects.md KD-09" },
  covers     = { "ABTS-02", "ABTS-07", "LS-09" },
  needs      = { "fault.target", "fault.link", "probe.frame", "probe.model" },
  setup      = { hba = { dev_loss_tmo_s = 5 } },
  run = function(t)
    local ctrl = t:connect { entries = 32, reconnect_delay_ms = 1000, ctrl_loss_ms = 200000 }
    t.target:hold { opcode = "read", count = 16 }
    local ios = {}
    for i = 1, 16 do ios[i] = ctrl:read { lba = 8 * i, blocks = 8, timeout_ms = 100000 } end
    t:wait_us(100)
    t:mark()
    t.target:logo()
    local silent = t.target:silent()
    t:wait_us(10)
    for i = 1, 16, 2 do ios[i]:abort() end
    for i = 1, 16 do
      local status = ios[i]:wait { within_us = 5000000 }.status
      t:expect(status ~= "ok", "read " .. i .. ": " .. status)
    end
    t:expect(not t:online {}, "the port is not online")
    t:expect(t:wait_until(function()
      return t:count_events { type = "RPORT", a = 2 } > 0
    end, 60000000), "the remote port is deleted")
    silent:release()
    t.target_link:bounce { down_us = 1000 }
    t:login { within_us = 60000000 }
    t:expect_equal(t:connect():read { lba = 0, blocks = 8 }:wait().status, "ok", "a read afterwards")
  end,
}
