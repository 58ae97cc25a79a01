-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Credit that is lost on the wire slows the link and then stops it; the link is reset " ..
               "after E_D_TOV, logins stay, and I/O goes on at full rate",
  references = { "fc-wire.md 1.7, 1.8" },
  covers     = { "LINK-05" },
  needs      = { "fault.link", "probe.frame", "probe.model", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    local function time_of_a_read(what)
      local start = t:now_us()
      t:expect_equal(ctrl:read { lba = 0, blocks = 2048 }:wait().status, "ok", "a read of 1 MiB " .. what)
      return t:now_us() - start
    end
    local usual = time_of_a_read("before")
    for round = 1, 2 do
      local before = t:probe { name = "link.credit_resets", port = 0 }
      -- First R_RDYs of the host vanish, then frames without SOF take the switch's.
      if round == 1 then
        t.link:lose_credit { frames = 96 }
      else
        t.frame:corrupt { type = "DATA", from = "hba", what = "sof", count = 16 }
      end
      local io = round == 1 and ctrl:read { lba = 0, blocks = 512, timeout_ms = 20000 }
                 or ctrl:write { lba = 0, blocks = 512, timeout_ms = 20000 }
      t:wait_us(1900000)
      t:expect(not io.done, "the link stands still")
      t:expect_equal(t:probe { name = "link.credit_resets", port = 0 }, before, "resets before E_D_TOV")
      t:expect(t:wait_until(function()
        return t:probe { name = "link.credit_resets", port = 0 } == before + 1
      end, 1000000), "the link is reset")
      t:expect_event { type = "PRIMITIVE", within_us = 3000000 }
      local status = io:wait { within_us = 120000000 }.status
      t:expect_equal(status == "ok", round == 1,
                     "no frame was lost with the R_RDYs; with the SOFs, some were")
      t:expect(ctrl:wait_state("live", 120000000), "the controller lives")
    end
    t:expect_equal(t.hba:counters().link_down, 0, "link down events")
    local after = time_of_a_read("afterwards")
    t:expect(after < 1.1 * usual, string.format("it is as fast as ever: %.0f us, it was %.0f us", after, usual))
  end,
}
