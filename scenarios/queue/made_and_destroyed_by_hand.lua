-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Queues made by mailbox have ids; destroyed they are gone, and others can be made for ever",
  references = { "sli4-port.md 6.1 to 6.3, 6.6, 6.9" },
  covers     = { "QUEUE-01", "QUEUE-03" },
  needs      = { "probe.model" },
  setup      = { port = { eq_count = 6, cq_count = 8, wq_count = 6 } },
  run = function(t)
    t:bring_up()
    local before = t:probe { name = "port.queues" }
    -- More rounds than the port has ids: an id that did not come back would be missed.
    for round = 1, 12 do
      local function has_id(name, queue)
        return t:expect(queue.id and queue.id ~= 0xffff, name .. " of round " .. round .. " has an id")
      end
      local eq = t.hba:create_eq { depth = 1024 }
      if not has_id("the EQ", eq) then return end
      local cq = t.hba:create_cq { eq = eq.id, depth = 1024 }
      if not has_id("the CQ", cq) then return end
      local wq = t.hba:create_wq { cq = cq.id, depth = 256 }
      if not has_id("the WQ", wq) then return end
      t:expect_equal(t:probe { name = "port.queues" }, before + 3, "queues at the port")
      for _, queue in ipairs { wq, cq, eq } do
        t:expect_equal(queue:destroy().errno, "0", "destroy of an idle queue")
      end
      t:expect_equal(t:probe { name = "port.queues" }, before, "queues at the port after the destroys")
    end
  end,
}
