-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "One wrong bit, or one missing word, anywhere in a data frame (SOF, header, payload, CRC, EOF) loses " ..
               "that frame alone: it never becomes data, its command ends, the next is good",
  references = { "fc-wire.md 1.2 to 1.6" },
  covers     = { "LINK-04" },
  needs      = { "fault.link", "probe.model", "probe.frame", "destroys.data" },
  limit_ms   = 600000,
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 500, ctrl_loss_ms = 300000 }
    -- A write of 4 KiB: two frames, 521 words each from SOF to EOF.
    local function write_hit(fault, text)
      local io = ctrl:write { lba = 0, blocks = 8, seed = 1, timeout_ms = 500 }
      local status = io:wait { within_us = 60000000 }.status
      t:expect_equal(fault.hits, 1, "frames hit: " .. text)
      t:expect(status ~= "ok", text .. ": the write is " .. status)
      t:expect(ctrl:wait_state("live", 60000000), "the controller lives")
    end
    for _, at in ipairs { { 0, 3 }, { 0, 25 }, { 1, 0 }, { 6, 39 }, { 7, 10 }, { 300, 17 }, { 519, 5 }, { 520, 12 } } do
      write_hit(t.frame:bit_error { type = "DATA", from = "hba", word = at[1], bit = at[2], count = 1 },
                "bit " .. at[2] .. " of word " .. at[1])
    end
    for _, word in ipairs { 0, 4, 7, 519, 520 } do
      write_hit(t.frame:lose_word { type = "DATA", from = "hba", word = word, count = 1 }, "without word " .. word)
    end
    t:expect_equal(ctrl:write { lba = 0, blocks = 8, seed = 9 }:wait().status, "ok", "the write afterwards")
    local io = ctrl:read { lba = 0, blocks = 8 }
    t:expect_equal(io:wait().status, "ok", "the read")
    t:expect(io:matches { seed = 9 }, "its data")
    t:expect_equal(t:probe { name = "link.failures", port = 0 }, 0, "link failures")
  end,
}
