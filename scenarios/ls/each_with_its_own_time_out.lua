-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Unanswered link services end each at the time-out that came with the request, with one " ..
               "ABTS each",
  references = { "sli4-io.md 2.5, 6.3", "known-defects.md KD-20" },
  covers     = { "LS-03" },
  needs      = { "fault.target", "probe.frame" },
  run = function(t)
    t:login { target = 1 }
    t.target:hold { ls = "disconnect_association" }
    local seconds, ls, start = { 60, 2, 20, 7 }, {}, t:now_us()
    t:mark()
    for i, s in ipairs(seconds) do
      ls[i] = t:ls { command = "disconnect", association_id = 100 + i, timeout_s = s }
    end
    for _, i in ipairs { 2, 4, 3, 1 } do
      local before = t:count_frames { from = "hba", type = "ABTS" }
      local result = ls[i]:wait { within_us = 70000000 }
      local took = (t:now_us() - start) / 1000000
      t:expect_equal(result.status, "timed_out", "status")
      t:expect(took >= seconds[i] and took < seconds[i] + 1.5,
               string.format("%d s ended after %.3f s", seconds[i], took))
      t:wait_us(2000000)
      t:expect(t:count_frames { from = "hba", type = "ABTS" } >= before and
               t:count_frames { from = "hba", type = "ABTS" } <= 4, "an ABTS for it alone")
    end
    t:expect_equal(t:count_frames { from = "hba", type = "ABTS" }, 4, "ABTS")
    t:expect_equal(t.hba:counters().wcqe_unknown_tag, 0, "completions that belong to nothing")
  end,
}
