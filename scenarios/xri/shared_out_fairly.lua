-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "With too few XRIs for two busy controllers each of them goes on: none starves behind the other",
  references = { "sli4-io.md 6.14" },
  covers     = { "XRI-16", "XRI-04" },
  needs      = { "destroys.data" },
  setup      = { hba = { io_xris = 12, io_queues = 2 }, targets = { {}, {} } },
  run = function(t)
    local ctrls = { t:connect { target = 1, entries = 64 }, t:connect { target = 2, entries = 64 } }
    local running, done = { {}, {} }, { 0, 0 }
    for _, ctrl in ipairs(ctrls) do
      t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "the pattern is written")
    end
    for c = 1, 2 do
      for i = 1, 32 do running[c][i] = ctrls[c]:read { lba = i, blocks = 4 } end
    end
    while done[1] + done[2] < 1200 do             -- each command that ends is followed by another
      t:wait_us(20)
      for c = 1, 2 do
        for i = 1, 32 do
          if running[c][i].done then
            t:expect_equal(running[c][i]:wait().status, "ok", "read")
            done[c] = done[c] + 1
            running[c][i] = ctrls[c]:read { lba = i, blocks = 4 }
          end
        end
      end
    end
    t:expect(t.hba:counters().noxri > 0, "XRIs were short")
    t:expect(done[1] >= 300 and done[2] >= 300, done[1] .. " and " .. done[2] .. " commands of 1200")
    for c = 1, 2 do
      for i = 1, 32 do running[c][i]:wait() end
    end
  end,
}
