-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Commands that the target delays complete with the right data though later ones overtake them",
  references = { "sli4-io.md 8.3, 8.4", "fc-wire.md 5.6" },
  covers     = { "IO-08" },
  needs      = { "fault.target", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 512, seed = 7 }:wait().status, "ok", "write")
    local slow = t.target:delay { opcode = "read", ns = 5000000, count = 4 }
    local late, from = {}, t:now_us()
    for i = 1, 4 do
      late[i] = ctrl:read { lba = i * 16, blocks = 16 }
    end
    t:wait_us(20)
    t:expect_equal(slow.hits, 4, "reads delayed")
    for i = 5, 24 do
      local quick = ctrl:read { lba = i * 16, blocks = 16 }
      t:expect_equal(quick:wait { within_us = 1000 }.status, "ok", "a read behind the delayed ones")
      t:expect(quick:matches { seed = 7 }, "its data")
    end
    for i = 1, 4 do
      t:expect(not late[i].done, "delayed read " .. i .. " is out")
    end
    for i = 1, 4 do
      t:expect_equal(late[i]:wait { within_us = 10000 }.status, "ok", "delayed read " .. i)
      t:expect(late[i]:matches { seed = 7 }, "its data")
    end
    t:expect(t:now_us() - from >= 5000, "it took as long as the delay")
  end,
}
