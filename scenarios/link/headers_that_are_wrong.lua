-- SPDX-License-Identifier: BSD-2-Clause
-- Frames of a command and who sends them; fields, and the bits of them that are inverted.
local FRAMES = { { "DATA", "target" }, { "RSP", "target" }, { "XFER_RDY", "target" }, { "CMND", "hba" },
                 { "DATA", "hba" } }
local FIELDS = { { "r_ctl", 0x40 }, { "d_id", 0x000100 }, { "s_id", 0x000100 }, { "type", 0x20 },
                 { "f_ctl", 0x080000 }, { "f_ctl", 0x000008 }, { "seq_id", 0x01 }, { "seq_cnt", 0x0001 },
                 { "ox_id", 0x0001 }, { "rx_id", 0x0001 }, { "parameter", 0x01000000 }, { "length", 0x10 } }

scenario {
  purpose    = "Each field of a header wrong, with a good CRC, in each frame of a command: it ends, " ..
               "never good with wrong data, no other command suffers, and the path recovers",
  references = { "fc-wire.md 2.1, 2.5", "sli4-io.md 5.7" },
  covers     = { "LINK-06", "ABTS-12" },
  needs      = { "fault.link", "probe.frame", "probe.model", "destroys.data" },
  limit_ms   = 3000000,
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 200, ctrl_loss_ms = 2500000 }
    local good, bad = 0, 0
    t:expect_equal(ctrl:write { lba = 0, blocks = 64, seed = 1 }:wait().status, "ok", "write")
    for _, frame in ipairs(FRAMES) do
      for _, field in ipairs(FIELDS) do
        local writes = frame[2] == "hba" or frame[1] == "XFER_RDY"
        local what = string.format("%s of %s from %s, bits 0x%x", field[1], frame[1], frame[2], field[2])
        local edit = t.frame:edit { type = frame[1], from = frame[2], field = field[1], flip = field[2],
                                    skip = frame[1] == "DATA" and 2 or 0, count = 1 }
        local io = writes and ctrl:write { lba = 1000, blocks = 64, seed = 2, timeout_ms = 1000 }
                   or ctrl:read { lba = 0, blocks = 64, timeout_ms = 1000 }
        local other = ctrl:read { lba = 0, blocks = 64, timeout_ms = 5000 }
        local status = io:wait { within_us = 100000000 }.status
        t:expect(status ~= "ok" or writes or io:matches { seed = 1 }, "data: " .. what)
        status = status == "ok" and "good" or "bad"
        good, bad = good + (status == "good" and 1 or 0), bad + (status == "bad" and 1 or 0)
        t:expect(other:wait { within_us = 100000000 }.status ~= "ok" or other:matches { seed = 1 },
                 "data of another read: " .. what)
        t:expect_equal(edit.hits, 1, "frames changed: " .. what)
        edit:release()
        if not t:expect(ctrl:wait_state("live", 120000000), "the controller lives: " .. what) then return end
        local r = ctrl:read { lba = 0, blocks = 64 }
        t:expect_equal(r:wait().status, "ok", "a read afterwards: " .. what)
        t:expect(r:matches { seed = 1 }, "its data: " .. what)
        if writes and status == "good" then
          r = ctrl:read { lba = 1000, blocks = 64 }
          t:expect_equal(r:wait().status, "ok", "a read of what was written: " .. what)
          t:expect(r:matches { seed = 2 }, "what was written: " .. what)
        end
      end
    end
    t:note(good .. " good, " .. bad .. " failed")
    t:expect(bad > 30, "most are noticed: " .. bad)
  end,
}
