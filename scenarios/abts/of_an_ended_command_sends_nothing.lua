-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "The abort of a command that has ended is refused; no ABORT_XRI, no ABTS, and the next " ..
               "user of the XRI lives",
  references = { "sli4-io.md 5.4, 8.7" },
  covers     = { "ABTS-03" },
  needs      = { "probe.frame", "probe.wqe", "destroys.data" },
  setup      = { hba = { io_xris = 16 } },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 16 }:wait().status, "ok", "write")
    t:mark()
    for round = 1, 40 do                         -- more rounds than XRIs: each one is used again
      local old = ctrl:read { lba = 0, blocks = 16 }
      t:expect_equal(old:wait().status, "ok", "read " .. round)
      local new = ctrl:read { lba = 0, blocks = 16 }
      t:expect(old:abort() ~= "0", "the abort of what has ended is refused")
      t:expect_equal(new:wait().status, "ok", "the read behind it")
      t:expect(new:matches(), "its data")
    end
    t:expect_no_wqe { command = "ABORT_XRI" }
    t:expect_no_frame { from = "hba", type = "ABTS" }
  end,
}
