-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A WQ that is destroyed with entries in it takes them along; a new one of the same id begins empty",
  references = { "sli4-port.md 6.9", "known-defects.md KD-26" },
  covers     = { "QUEUE-13" },
  status     = "FYI",
  discussion = "What becomes of entries that the port has not fetched is inferred; none may show in the next queue.",
  needs      = { "fault.port" },
  run = function(t)
    t:bring_up()
    local limits = t.hba:limits()
    local eq = t.hba:create_eq { depth = 1024 }
    local cq = t.hba:create_cq { eq = eq.id, depth = 1024 }
    local words = {}
    for i = 1, 32 do words[i] = 0 end
    words[4], words[8], words[11] = 1 << 8, 0x0f << 8, 1 << 9 -- ABORT_XRI of an exchange that is not there
    words[9] = limits.xri_base + limits.xri_count - 1
    words[12] = 0xffff << 16 | 8
    local ids = {}
    for round = 1, 10 do
      local wq = t.hba:create_wq { cq = cq.id, depth = 64 }
      if not t:expect(wq.id, "WQ of round " .. round) then return end
      ids[wq.id] = true
      local stall = t.wq:stall { queue = wq.id }
      for i = 1, 20 do
        words[10] = 0xd000 + round * 32 + i
        t:expect_equal(wq:post(words), nil, "post")
      end
      t:wait_us(20)
      t:expect_equal(wq:destroy().errno, "0", "destroy of a WQ with entries")
      stall:release()
      local again = t.hba:create_wq { cq = cq.id, depth = 64 }
      words[10] = 0xd000 + round
      t:expect_equal(again:post(words), nil, "post to the new queue")
      local cqe = cq:take { within_us = 1000 }
      t:expect_equal(cqe and cqe.tag, 0xd000 + round, "the completion is of the new queue's entry")
      t:expect_equal(cq:take { within_us = 100 }, nil, "a completion of the queue that is gone")
      cq:arm(false)
      t:expect_equal(again:destroy().errno, "0", "destroy")
    end
    t:expect_equal(cq:destroy().errno, "0", "destroy of the CQ")
    t:expect_equal(eq:destroy().errno, "0", "destroy of the EQ")
  end,
}
