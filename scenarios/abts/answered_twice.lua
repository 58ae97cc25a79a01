-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A second BA_ACC is dropped, also when the XRI has another user by then",
  references = { "sli4-io.md 5.4, 5.7", "known-defects.md KD-10" },
  covers     = { "ABTS-02", "XRI-02" },
  needs      = { "fault.target", "fault.link", "probe.frame", "probe.cqe", "destroys.data" },
  setup      = { hba = { io_xris = 16, enable_rrq = 0 } },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 512 }:wait().status, "ok", "write")
    local twice = t.frame:duplicate { type = "BA_ACC", ns = 30000 }
    t.target:delay { opcode = "read", ns = 60000 } -- they are out when the second BA_ACC comes
    for round = 1, 24 do                         -- more often than there are XRIs
      t.target:hold { opcode = "read", count = 1 }
      local io = ctrl:read { lba = 0, blocks = 8 }
      t:wait_us(100)
      local xri = io.xri
      t:mark()
      io:abort()
      t:expect_equal(io:wait { within_us = 1000 }.status, "aborted", "round " .. round)
      local next_ones = {}
      for i = 1, 15 do next_ones[i] = ctrl:read { lba = 16 * i, blocks = 16 } end
      for i = 1, 15 do
        t:expect_equal(next_ones[i]:wait { within_us = 1000000 }.status, "ok", "read " .. i)
        t:expect(next_ones[i]:matches(), "its data")
      end
      t:expect_equal(t:count_cqes { code = "XRI_ABORTED", xri = xri }, 1, "XRI_ABORTED")
    end
    t:expect_equal(twice.hits, 24, "BA_ACC repeated")
  end,
}
