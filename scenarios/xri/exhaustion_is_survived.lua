-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "With every XRI out the driver refuses the next command, and sends it as soon as one is free",
  references = { "sli4-io.md 5.1, 6.8, 6.14" },
  covers     = { "XRI-04", "IO-09" },
  needs      = { "fault.target", "probe.wqe", "probe.model", "destroys.data" },
  setup      = { hba = { io_xris = 16 } },
  run = function(t)
    local ctrl = t:connect { entries = 64 }
    t:expect_equal(ctrl:write { lba = 0, blocks = 48 }:wait().status, "ok", "the pattern is written")
    t:expect_equal(t.hba:counters().noxri, 0, "refusals before")
    t:mark()
    local hold = t.target:hold { opcode = "read" }
    local reads = {}
    for i = 1, 48 do
      reads[i] = ctrl:read { lba = i - 1, blocks = 1 }
    end
    t:wait_us(500)
    local out = t:probe { name = "target.held" }
    t:expect(out > 0 and out <= 16, out .. " reads are at the target")
    t:expect_equal(t:count_wqes { command = "FCP_IREAD64" }, out, "WQEs posted")
    t:expect(t.hba:counters().noxri > 0, "commands were refused for want of an XRI")
    t:wait_us(10000)
    t:expect_equal(t:count_wqes { command = "FCP_IREAD64" }, out, "WQEs posted while nothing came back")
    hold:release()
    for i = 1, 48 do
      t:expect_equal(reads[i]:wait().status, "ok", "read " .. i)
      t:expect(reads[i]:matches(), "data of read " .. i)
    end
    t:expect_equal(t:count_wqes { command = "FCP_IREAD64" }, 48, "each read was posted once")
  end,
}
