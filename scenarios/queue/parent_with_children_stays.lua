-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A queue that others depend on is not destroyed; the destroy of one that is gone is harmless",
  references = { "sli4-port.md 6.9" },
  covers     = { "QUEUE-10" },
  status     = "FYI",
  discussion = "That the destroy of a parent is refused is inferred. An unknown id may succeed or fail.",
  needs      = { "probe.model" },
  run = function(t)
    local ctrl = t:connect()
    local before = t:probe { name = "port.queues" }
    local eq = t.hba:create_eq { depth = 1024 }
    local cq = t.hba:create_cq { eq = eq.id, depth = 1024 }
    local wq = t.hba:create_wq { cq = cq.id, depth = 256 }
    t:expect(eq:destroy().errno ~= "0", "an EQ with a CQ is refused")
    t:expect(cq:destroy().errno ~= "0", "a CQ with a WQ is refused")
    t:expect_equal(t:probe { name = "port.queues" }, before + 3, "nothing is gone")
    for _, queue in ipairs { wq, cq, eq } do
      t:expect_equal(queue:destroy().errno, "0", "destroy of a queue without children")
    end
    t:expect_equal(t:probe { name = "port.queues" }, before, "all three are gone")
    -- Again, with the ids of queues that are gone.
    for _, queue in ipairs { wq, cq, eq } do
      queue:destroy()
    end
    t:expect_equal(t:probe { name = "port.queues" }, before, "no other queue went with them")
    local read = ctrl:read { lba = 0, blocks = 8 }
    t:expect_equal(read:wait().status, "ok", "read: the driver's own queues still work")
  end,
}
