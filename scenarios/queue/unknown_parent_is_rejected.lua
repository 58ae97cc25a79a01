-- SPDX-License-Identifier: BSD-2-Clause
local ILLEGAL_FIELD = 0x03         -- status of the config header

scenario {
  purpose    = "A create command that names a parent which does not exist makes no queue and disturbs none",
  references = { "sli4-port.md 4.6, 6.3, 6.4, 6.6, 6.7" },
  covers     = { "QUEUE-02" },
  needs      = { "probe.model" },
  run = function(t)
    local ctrl = t:connect()
    local before = t:probe { name = "port.queues" }
    local function rejected(what, queue, answer)
      t:expect(answer.status ~= 0 or answer.config_status ~= 0, what .. " is rejected")
      t:expect_equal(answer.config_status, ILLEGAL_FIELD, "config status of " .. what)
      t:expect_equal(queue.id, nil, "id of " .. what)
      t:expect_equal(t:probe { name = "port.queues" }, before, "queues after " .. what)
    end
    for _, parent in ipairs { 0x1ff, 0xffff } do
      rejected("a CQ on EQ " .. parent, t.hba:create_cq { eq = parent, depth = 1024 })
      rejected("a WQ on CQ " .. parent, t.hba:create_wq { cq = parent, depth = 256 })
      rejected("an MQ on CQ " .. parent, t.hba:create_mq { cq = parent, depth = 16 })
      rejected("an RQ on CQ " .. parent, t.hba:create_rq { cq = parent, depth = 512 })
    end
    local read = ctrl:read { lba = 0, blocks = 8 }
    t:expect_equal(read:wait().status, "ok", "read: the driver's own queues still work")
  end,
}
