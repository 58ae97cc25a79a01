-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Doorbells of queues that do not exist, and counts of zero, disturb nobody",
  references = { "sli4-port.md 2.8, 6.10" },
  covers     = { "QUEUE-10" },
  needs      = { "destroys.data" },
  status     = "FYI",
  discussion = "No reference says what a port does with them; it must not stop.",
  run = function(t)
    local ctrl = t:connect()
    local WQ, RQ, MQ, EQCQ = 0x40, 0xa0, 0x140, 0x120
    t:expect_equal(ctrl:write { lba = 0, blocks = 8 }:wait().status, "ok", "write")
    t:allow { rule = "DOORBELL-UNKNOWN", count = 3 }
    t.hba:write_register(WQ, 1 << 24 | 0x1fff)
    t.hba:write_register(EQCQ, 1 << 29 | 1 << 16 | 0x3ff)
    t.hba:write_register(EQCQ, 1 << 29 | 1 << 16 | 1 << 10 | 0x1ff)
    t.hba:write_register(RQ, 1 << 16 | 0x1fff)
    t.hba:write_register(MQ, 1 << 16 | 0x1fff)
    t.hba:write_register(MQ, 0)
    t:wait_us(100)
    t:expect_equal(t.hba.state, "link_up", "state of the HBA")
    local read = ctrl:read { lba = 0, blocks = 8 }
    t:expect_equal(read:wait().status, "ok", "read")
    t:expect(read:matches(), "its data")
  end,
}
