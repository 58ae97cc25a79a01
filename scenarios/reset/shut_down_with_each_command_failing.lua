-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Each mailbox command of a shutdown, refused or unanswered in turn: it ends in bounded time, leaves nothing behind, and the next bring-up is good",
  references = { "sli4-port.md 6.9", "known-defects.md KD-34, KD-35, KD-46" },
  covers     = { "RESET-09", "RESET-06" },
  needs      = { "fault.port", "fault.target", "probe.model" },
  setup      = { hba = { io_xris = 16, els_xris = 8, rq_buffers = 4 } },
  run = function(t)
    local function sweep(kind, inject)
      local n, failed = 0, nil
      repeat
        local what = kind .. " command " .. n
        local ctrl = t:connect {}
        local hold = t.target:hold { opcode = "read" }
        local io = ctrl:read { lba = 0, blocks = 8 }
        t:wait_us(200)
        local fault = inject(n)
        local began = t:now_us()
        t.hba:shut_down()
        t:expect_equal(t.hba.state, "down", what .. ": state")
        t:expect(t:now_us() - began < 100000000, what .. ": it took " .. (t:now_us() - began) // 1000 .. " ms")
        t:expect(io:wait { within_us = 1000000 }.status ~= "ok", what .. ": the read came back")
        t:expect_equal(t:probe { name = "port.queues" }, 0, what .. ": queues left")
        t:expect_equal(t:probe { name = "port.rpi_registered" }, 0, what .. ": RPIs left")
        failed = fault.hits > 0
        fault:release()
        hold:release()
        n = n + 1
      until not failed or n > 100
      t:expect(n > 10 and n <= 100, n - 1 .. " commands " .. kind)
    end
    sweep("refused", function(n) return t.mailbox:fail { skip = n, count = 1 } end)
    sweep("unanswered", function(n) return t.mailbox:hang { skip = n, count = 1 } end)
    local ctrl = t:connect {}
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "read at the end")
  end,
  limit_ms = 3000000,
}
