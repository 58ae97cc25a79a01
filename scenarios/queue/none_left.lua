-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "When every queue of a kind is made the next create is rejected, and the ones that exist go on",
  references = { "sli4-port.md 5.3, 6" },
  covers     = { "QUEUE-12" },
  status     = "FYI",
  discussion = "Which status says that none is left is inferred.",
  needs      = { "probe.model" },
  setup      = { port = { eq_count = 4, cq_count = 8, wq_count = 6 } },
  run = function(t)
    local ctrl = t:connect()
    local made, refused = {}, nil
    for i = 1, 9 do
      local eq, answer = t.hba:create_eq { depth = 1024 }
      if not eq.id then refused = answer break end
      made[#made + 1] = eq
    end
    t:expect_equal(#made, 3, "EQs beside the driver's")
    t:expect(refused and refused.config_status ~= 0, "the next EQ is rejected")
    local cqs, wqs = {}, {}
    for i = 1, 9 do
      local cq = t.hba:create_cq { eq = made[1].id, depth = 256 }
      if not cq.id then break end
      cqs[#cqs + 1] = cq
    end
    t:expect_equal(#cqs, 4, "CQs beside the driver's")
    for i = 1, 9 do
      local wq = t.hba:create_wq { cq = cqs[1].id, depth = 256 }
      if not wq.id then break end
      wqs[#wqs + 1] = wq
    end
    t:expect_equal(#wqs, 3, "WQs beside the driver's")
    t:expect_equal(t:probe { name = "port.queues" }, 4 + 8 + 6 + 1 + 2, "queues of all kinds")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "read: the driver's own queues work")
    -- One given back is one that can be had.
    t:expect_equal(wqs[2]:destroy().errno, "0", "destroy of a WQ")
    local again = t.hba:create_wq { cq = cqs[2].id, depth = 256 }
    t:expect(again.id, "a WQ can be made again")
    again:destroy()
    for _, list in ipairs { { wqs[1], wqs[3] }, cqs, made } do
      for _, queue in ipairs(list) do t:expect_equal(queue:destroy().errno, "0", "destroy") end
    end
  end,
}
