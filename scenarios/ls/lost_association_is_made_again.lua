-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A target that goes away and comes back gets a new association, and I/O goes on over it",
  references = { "fc-wire.md 5.3", "sli4-io.md 7.3, 8.8" },
  covers     = { "LS-05" },
  needs      = { "fault.target", "probe.frame", "probe.model", "destroys.data" },
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 1000 }
    local before = ctrl:info()
    t:expect_equal(ctrl:write { lba = 0, blocks = 8 }:wait().status, "ok", "write")
    t:mark()
    local gone = t.target:gone()
    t:wait_us(100000)
    t:expect(ctrl.state ~= "live", "the association is lost")
    t:expect_equal(ctrl:info().connects, before.connects, "none was made meanwhile")
    gone:release()
    if not t:expect(ctrl:wait_state("live", 30000000), "it is made again") then return end
    local after = ctrl:info()
    t:expect_equal(after.connects, before.connects + 1, "associations made")
    t:expect_frame { from = "hba", type = "LS", bytes = "\3", within_us = 30000000 }
    t:expect(t:probe { name = "target.associations" } == 1, "the target has one association")
    local read = ctrl:read { lba = 0, blocks = 8 }
    t:expect_equal(read:wait().status, "ok", "read")
    t:expect(read:matches(), "the data is the data written")
  end,
}
