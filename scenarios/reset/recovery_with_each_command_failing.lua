-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Each mailbox command of a reset under load, refused or unanswered in turn, ends in a recovered HBA, or in one that another reset brings back",
  references = { "sli4-port.md 8.2", "known-defects.md KD-31, KD-35, KD-36" },
  covers     = { "RESET-02", "RESET-05", "RESET-06" },
  needs      = { "fault.port", "fault.target", "probe.model", "destroys.data" },
  setup      = { hba = { io_xris = 16, els_xris = 8, rq_buffers = 4, mbox_timeout_ms = 2000 } },
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 100, ctrl_loss_ms = 600000 }
    -- What is out when it begins: held reads, and one of them with its abort.
    local function reset_under_load(what)
      local hold = t.target:hold { opcode = "read" }
      local ios = {}
      for i = 1, 4 do ios[i] = ctrl:read { lba = 8 * i, blocks = 8 } end
      t:wait_us(200)
      ios[4]:abort()
      t.hba:reset()
      for i = 1, 4 do
        t:expect(ios[i]:wait { within_us = 60000000 }.status ~= "ok", what .. ": read " .. i .. " came back")
      end
      hold:release()
    end
    local function sweep(kind, inject)
      local n, dead, failed = 0, 0, nil
      repeat
        local what = kind .. " command " .. n
        local connects = ctrl:info().connects
        local fault = inject(n)
        reset_under_load(what)
        if t.hba.state == "dead" then
          dead = dead + 1
          t:expect(fault.hits > 0 and t.hba.reason, what .. ": it says why")
          t:expect_equal(t.hba:reset(), "0", what .. ": another reset")
        end
        t:expect(t:wait_until(function() return ctrl.state == "live" and ctrl:info().connects > connects end, 120000000),
          what .. ": the controller is back")
        failed = fault.hits > 0
        fault:release()
        t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", what .. ": read")
        n = n + 1
      until not failed or n > 100
      t:expect(dead > 10 and n <= 100, n - 1 .. " commands " .. kind .. ", " .. dead .. " of them needed")
    end
    sweep("refused", function(n) return t.mailbox:fail { skip = n, count = 1 } end)
    sweep("unanswered", function(n) return t.mailbox:hang { skip = n, count = 1 } end)
    t:expect_equal(ctrl:write { lba = 0, blocks = 8 }:wait().status, "ok", "write at the end")
  end,
  limit_ms = 30000000,
}
