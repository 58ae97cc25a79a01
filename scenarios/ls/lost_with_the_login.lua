-- SPDX-License-Identifier: BSD-2-Clause
-- What ends the login while requests are out.
local ENDS = {
  { "LOGO", function(t) t.target:logo() end },
  { "the link", function(t) t.link:bounce { down_us = 2000 } end },
  { "the target's link", function(t) t.target_link:bounce { down_us = 2000 } end },
}

scenario {
  purpose    = "Requests that are out when the login ends come back once each, with an error, long " ..
               "before their time-out, and none is sent again",
  references = { "sli4-io.md 5.5, 6.3", "known-defects.md KD-22" },
  covers     = { "LS-09" },
  needs      = { "fault.target", "fault.link", "probe.frame" },
  run = function(t)
    t:login { target = 1 }
    local hold = t.target:hold { ls = "disconnect_association" }
    for _, case in ipairs(ENDS) do
      local ls = {}
      for i = 1, 4 do
        ls[i] = t:ls { command = "disconnect", association_id = i, timeout_s = 60 }
      end
      t:wait_us(500)
      t:mark()
      case[2](t)
      for i = 1, 4 do
        local status = ls[i]:wait { within_us = 5000000 }.status
        t:expect(status == "aborted" or status == "lost" or status == "error",
                 "request " .. i .. " after " .. case[1] .. ": " .. status)
      end
      t:expect(t:wait_until(function() return t:online {} end, 30000000),
               "the target is back after " .. case[1])
      t:expect_equal(t:count_frames { from = "hba", type = "LS" }, 0, "requests sent again")
    end
    hold:release()
    t:expect_equal(t:ls { command = "disconnect", association_id = 9 }:wait().reason, 0x40,
                   "the next is answered")
  end,
}
