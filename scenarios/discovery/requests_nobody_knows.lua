-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "ELS requests that the host does not know are each answered with LS_RJT, reason 0x0B; " ..
               "malformed ones of those that it knows are rejected too; neither login nor receive " ..
               "buffers suffer",
  references = { "fc-wire.md 3.1, 3.3", "sli4-io.md 4.3", "known-defects.md KD-24" },
  covers     = { "DISC-04" },
  needs      = { "fault.target", "probe.frame", "probe.model" },
  run = function(t)
    local ctrl = t:connect()
    local posted = t:probe { name = "port.rq_posted" }
    for _, els in ipairs { "0x0d", "0x5a", "0x77", "0x7e", "0xf1" } do
      t:mark()
      t.target:send_els { els = els, bytes = 16 }
      t:expect_frame { from = "hba", type = "ELS_RJT", bytes = string.pack(">I4 BB", 0x01000000, 0, 0x0b),
                       within_us = 1000000 }
    end
    for _, els in ipairs { "plogi", "prli", "prlo", "adisc", "pdisc" } do
      if els ~= "plogi" then
        t:mark()
        t.target:send_els { els = els, bytes = 8 }
        t:expect_frame { from = "hba", type = "ELS_RJT", within_us = 1000000 }
      end
    end
    t:mark()
    for burst = 1, 16 do                         -- more frames than there are receive buffers
      t.target:send_els { els = "0x7e", bytes = 2048, times = 48 }
      t:wait_us(2000)
    end
    t:wait_us(100000)
    local answers = t:count_frames { from = "hba", type = "ELS_RJT" }
    t:expect(answers > 64, "answers to a burst: " .. answers)
    t:expect_equal(t:probe { name = "port.rq_posted" }, posted, "receive buffers posted")
    t:expect(t:online {}, "the target stays registered")
    t:expect_equal(ctrl:info().connects, 1, "associations made")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
  end,
}
