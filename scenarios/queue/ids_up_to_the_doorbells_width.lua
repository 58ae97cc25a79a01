-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Queue ids that need every bit of a doorbell work: create, arm, release and destroy name what was granted",
  references = { "known-defects.md KD-25", "sli4-port.md 2.8" },
  covers     = { "QUEUE-14" },
  needs      = { "probe.model", "probe.cqe", "destroys.data" },
  setup      = { port = { queue_id_base = 0x3ffe - 32, eq_count = 16, cq_count = 32, wq_count = 32, rq_count = 4 },
                 hba = { io_queues = 4, wq_depth = 16 } },
  run = function(t)
    local ctrl = t:connect { io_queues = 4 }
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    for i = 1, 200 do
      local read = ctrl:read { queue = i % 4 + 1, lba = i % 64, blocks = 1 }
      t:expect_equal(read:wait().status, "ok", "read " .. i)
      t:expect(read:matches(), "its data")
    end
    -- Each kind has its own bits: 9 of an EQ and 10 of a CQ stand apart from the higher ones.
    local eq = t.hba:create_eq { depth = 1024 }
    local cq = t.hba:create_cq { eq = eq.id, depth = 1024 }
    t:expect(eq.id > 0x1ff and cq.id > 0x3ff, "ids above the low parts: " .. eq.id .. ", " .. cq.id)
    t:expect_equal(cq:destroy().errno, "0", "destroy")
    t:expect_equal(eq:destroy().errno, "0", "destroy")
    t:expect_equal(t.hba:counters().eqe_unknown, 0, "events of queues that the driver does not know")
    local queues = t:probe { name = "port.queues" }
    t:expect_equal(t.hba:reset(), "0", "reset")
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives again")
    t:expect_equal(t:probe { name = "port.queues" }, queues, "queues after a reset")
  end,
}
