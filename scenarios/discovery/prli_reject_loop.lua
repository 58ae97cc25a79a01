-- SPDX-License-Identifier: BSD-2-Clause
-- What the target does to PRLI, and the most logins that the host may try in a minute.
local function tries(t) return t:count_frames { from = "hba", type = "PRLI" } end

local function run(t)
  -- Busy: patience, then success.
  local busy = t.target:els_reject { els = "prli", reason = 5, explanation = 0, count = 3 }
  t:login { within_us = 30000000 }
  t:expect_equal(busy.hits, 3, "PRLI refused as busy")
  -- Not supported, and a LOGO on top: no loop.
  local refusal = t.target:els_reject { els = "prli", reason = 0x0b, explanation = 0x2c }
  local watch = t.frame:watch { type = "LS_RJT", from = "target" }
  for _ = 1, 20 do t.target:logo { on = watch, after_us = 50 } end
  t:mark()
  t.link:bounce { down_us = 1000 }
  t:wait_us(60000000)
  t:expect(not t:online {}, "a port that does not do NVMe is not registered")
  t:expect(tries(t) >= 1 and tries(t) <= 10, "PRLI in a minute: " .. tries(t))
  local logins = t:count_frames { from = "hba", type = "PLOGI", d_id = t.hba:node {}.did }
  t:expect(logins <= 10, "PLOGI in a minute: " .. logins)
  t:mark()
  t:wait_us(60000000)
  t:expect_equal(tries(t), 0, "PRLI in the next minute")
  -- After a link event it is asked again.
  refusal:release()
  t.link:bounce { down_us = 1000 }
  t:login { within_us = 60000000 }
  t:expect_equal(t:count_events { type = "RPORT", a = 1 }, 1, "registrations")
  t:expect_equal(t:connect():read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
end

scenario {
  purpose    = "PRLI refused as busy is tried again; refused for good, with a LOGO each time, it ends in " ..
               "a few tries and is asked again only after a link event",
  references = { "fc-wire.md 3.3, 3.4", "known-defects.md KD-43" },
  covers     = { "DISC-10" },
  status     = "FYI",
  needs      = { "fault.target", "fault.link", "probe.frame", "probe.model" },
  limit_ms   = 1000000,
  run        = run,
}
