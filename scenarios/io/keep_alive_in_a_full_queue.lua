-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "With every XRI out to a slow target keep-alives still go, and the association lives",
  references = { "sli4-io.md 6.14" },
  covers     = { "IO-10", "XRI-04" },
  status     = "FYI",
  discussion = "That some XRIs are set aside for keep-alives is the driver's choice; without them the controller would " ..
               "end the association.",
  needs      = { "fault.target", "probe.model", "destroys.data" },
  setup      = { hba = { io_xris = 16 } },
  run = function(t)
    local ctrl = t:connect { entries = 64, keep_alive_ms = 2000, io_timeout_ms = 60000 }
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local hold = t.target:hold { opcode = "read" }
    local reads = {}
    for i = 1, 48 do reads[i] = ctrl:read { lba = i, blocks = 1 } end
    t:wait_us(1000)
    local held = t:probe { name = "target.held" }
    t:expect(held >= 10 and held < 16, held .. " commands at the target: all but the reserve")
    t:wait_us(20000000)                           -- ten keep-alive times
    t:expect_equal(ctrl.state, "live", "state of the controller")
    t:expect_equal(ctrl:info().connects, 1, "associations made")
    t:expect(t.hba:counters().reserve >= 9, t.hba:counters().reserve .. " keep-alives took a buffer of the reserve")
    hold:release()
    for i = 1, 48 do
      t:expect_equal(reads[i]:wait().status, "ok", "read " .. i)
      t:expect(reads[i]:matches(), "its data")
    end
  end,
}
