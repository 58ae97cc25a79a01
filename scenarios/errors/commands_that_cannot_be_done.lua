-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Commands that cannot be done are answered with the status of their fault; the medium " ..
               "stays as it was",
  references = { "fc-wire.md 5.6, 7" },
  covers     = { "IO-04", "IO-07" },
  needs      = { "destroys.data" },
  setup      = { targets = { { namespaces = { { size = "1m" }, { size = "1m", read_only = true } } } } },
  run = function(t)
    local ctrl = t:connect()
    local function answered(io, sct, sc, what)
      local result = io:wait()
      t:expect_equal(result.status, "nvme", what)
      t:expect_equal(result.sct, sct, what .. ": status code type")
      t:expect_equal(result.sc, sc, what .. ": status code")
    end
    t:expect_equal(ctrl:write { lba = 2040, blocks = 8, seed = 1 }:wait().status, "ok", "write to the end")
    answered(ctrl:read  { lba = 2048, blocks = 1 }, 0, 0x80, "read behind the end")
    answered(ctrl:read  { lba = 2041, blocks = 8 }, 0, 0x80, "read across the end")
    answered(ctrl:write { lba = 2041, blocks = 8, seed = 9 }, 0, 0x80, "write across the end")
    answered(ctrl:write_zeroes { lba = 2047, blocks = 2 }, 0, 0x80, "write zeroes across the end")
    t:expect_equal(ctrl:compare { lba = 2040, blocks = 8, seed = 1 }:wait().status, "ok", "compare, equal")
    answered(ctrl:compare { lba = 2040, blocks = 8, seed = 2 }, 2, 0x85, "compare, different")
    answered(ctrl:write { lba = 0, blocks = 8, nsid = 2 }, 0, 0x20, "write to a read-only namespace")
    answered(ctrl:read  { lba = 0, blocks = 8, nsid = 3 }, 0, 0x0b, "read of a namespace that is not there")
    answered(ctrl:command { queue = 1, opcode = 0x7c, nsid = 1 }, 0, 0x01, "an opcode that does not exist")
    local r = ctrl:read { lba = 2040, blocks = 8 }
    t:expect_equal(r:wait().status, "ok", "read of the last blocks")
    t:expect(r:matches { seed = 1 }, "they are as they were written")
    t:expect_equal(ctrl:info().connects, 1, "associations made")
  end,
}
