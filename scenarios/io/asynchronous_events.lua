-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Asynchronous events of the controller reach the host once each, a request waits for the next, and more at once than requests lose none",
  references = { "fc-wire.md 7", "sli4-io.md 3.3" },
  covers     = { "IO-04", "IO-08" },
  status     = "FYI",
  discussion = "Which of several requests an event ends is the controller's choice; ours takes the oldest, so that the three " ..
               "have their turns.",
  needs      = { "fault.target" },
  run = function(t)
    local ctrl = t:connect { keep_alive_ms = 10000 }
    -- The transport keeps one request out itself; these are the script's own.
    local requests = {}
    for i = 1, 2 do requests[i] = ctrl:async_event {} end
    t:wait_us(1000)
    for i = 1, 2 do t:expect(not requests[i].done, "request " .. i .. " waits") end
    local seen = 0
    for n = 1, 6 do
      t.target:aen { type = 2, info = 0, log = 4, nsid = 1 }
      t:wait_us(20000)
      t:expect_equal(ctrl:get_log { lid = 4, bytes = 4096 }:wait().status, "ok", "event " .. n .. ": its log page")
      for i = 1, 2 do
        if requests[i].done then
          local result = requests[i]:wait()
          t:expect_equal(result.status, "ok", "event " .. n .. ": status")
          t:expect_equal(result.result, 4 << 16 | 0 << 8 | 2, "event " .. n .. ": what it says")
          seen = seen + 1
          requests[i] = ctrl:async_event {}
        end
      end
    end
    t:expect_equal(seen, 4, "of 6 events so many came to the script's requests, the others to the transport's")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
    t:expect_equal(ctrl:info().connects, 1, "associations made")
    for i = 1, 2 do requests[i]:abort() end
    for i = 1, 2 do t:expect_equal(requests[i]:wait().status, "aborted", "request " .. i .. " at the end") end
  end,
}
