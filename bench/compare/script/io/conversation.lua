-- SPDX-License-Identifier: BSD-2-Clause
-- What bench/vm/job-compare.sh makes a stock lpfc do, done by our driver.
scenario {
  purpose = "Attach, login, connect, one read, one write, one abort: the conversation that is compared with stock lpfc's",
  needs = { "fault.target", "destroys.data" },
  setup = { targets = { { namespaces = { { nsid = 1, size = "64m" } } } } },
  run = function(t)
    local ctrl = t:connect { io_queues = 1 }
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "read")
    t:expect_equal(ctrl:write { lba = 0, blocks = 8 }:wait().status, "ok", "write")
    t.target:hold { opcode = "read", count = 1 }
    local held = ctrl:read { lba = 0, blocks = 8 }
    t:wait_us(100)
    held:abort()
    t:expect_equal(held:wait().status, "aborted", "abort")
  end,
}
