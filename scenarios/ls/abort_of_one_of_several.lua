-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "The abort of one link-service request ends that one; its neighbours are answered",
  references = { "sli4-io.md 5.6, 6.4" },
  covers     = { "LS-04" },
  needs      = { "fault.target", "probe.frame" },
  run = function(t)
    t:login { target = 1 }
    local hold = t.target:hold { ls = "disconnect_association" }
    local ls = {}
    for i = 1, 5 do
      ls[i] = t:ls { command = "disconnect", association_id = 100 + i }
    end
    t:wait_us(200)
    t:expect_equal(hold.hits, 5, "requests that the target keeps back")
    t:mark()
    ls[3]:abort()
    t:expect_equal(ls[3]:wait { within_us = 1000 }.status, "aborted", "status of the aborted one")
    t:wait_us(1000)
    t:expect_equal(t:count_frames { from = "hba", type = "ABTS" }, 1, "ABTS")
    for i = 1, 5 do
      t:expect_equal(ls[i].done, i == 3, "request " .. i .. " has ended")
    end
    hold:release()
    for _, i in ipairs { 1, 2, 4, 5 } do
      local result = ls[i]:wait { within_us = 1000 }
      t:expect_equal(result.status, "ok", "status of request " .. i)
      t:expect_equal(result.reason, 0x40, "its answer")
    end
    t:expect_equal(t:count_frames { from = "target", type = "LS_RSP" }, 4, "answers")
  end,
}
