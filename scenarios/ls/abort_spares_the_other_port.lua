-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Of three requests to one target and two to another the abort hits the one meant; an " ..
               "abort of one that has ended, or a second abort, does nothing",
  references = { "sli4-io.md 5.6, 6.4", "known-defects.md KD-20" },
  covers     = { "LS-04" },
  needs      = { "fault.target", "probe.frame", "probe.wqe" },
  setup      = { targets = { {}, {} } },
  run = function(t)
    t:login { target = 1 }
    t:login { target = 2 }
    local holds = { t.targets[1]:hold { ls = "disconnect_association" },
                    t.targets[2]:hold { ls = "disconnect_association" } }
    local ls = {}
    for i, target in ipairs { 1, 1, 1, 2, 2 } do
      ls[i] = t:ls { command = "disconnect", association_id = i, target = target }
    end
    t:wait_us(200)
    t:mark()
    ls[2]:abort()
    ls[2]:abort()
    t:expect_equal(ls[2]:wait { within_us = 1000 }.status, "aborted", "the one that is meant")
    t:wait_us(1000)
    ls[2]:abort()                                -- it has ended
    t:wait_us(1000)
    t:expect_frame { from = "hba", type = "ABTS", d_id = t.hba:node { target = 1 }.did }
    t:expect_equal(t:count_frames { from = "hba", type = "ABTS" }, 1, "ABTS")
    t:expect_equal(t:count_wqes { command = "ABORT_XRI" }, 1, "ABORT_XRI")
    for i = 1, 5 do
      t:expect_equal(ls[i].done, i == 2, "request " .. i .. " has ended")
    end
    holds[1]:release()
    holds[2]:release()
    for _, i in ipairs { 1, 3, 4, 5 } do
      t:expect_equal(ls[i]:wait { within_us = 1000 }.reason, 0x40, "answer to request " .. i)
    end
    ls[1]:abort()                                -- answered
    t:wait_us(1000)
    t:expect_equal(t:count_frames { from = "hba", type = "ABTS" }, 1, "ABTS in the end")
  end,
}
