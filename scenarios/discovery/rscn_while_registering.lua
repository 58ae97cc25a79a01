-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "RSCNs for every one of eight targets while the registration of their logins with the " ..
               "port is slow: all are registered, each login once, and each RPI in order",
  references = { "sli4-port.md 5.3", "known-defects.md KD-44" },
  covers     = { "DISC-02", "DISC-14" },
  needs      = { "fault.link", "fault.fabric", "fault.port", "probe.frame", "probe.mailbox", "probe.model" },
  setup      = { targets = { {}, {}, {}, {}, {}, {}, {}, {} } },
  limit_ms   = 600000,
  run = function(t)
    local dids = {}
    for i = 1, 8 do t:login { target = i } end
    for i = 1, 8 do dids[i] = t:probe { name = "target.port_id", target = i - 1 } end
    local slow = t.mailbox:late { opcode = 0x93, ns = 20000000 }
    t:mark()
    t.link:bounce { down_us = 1000 }
    t:expect(t:wait_until(function() return slow.hits >= 2 end, 10000000), "registrations are under way")
    for _ = 1, 3 do
      for i = 1, 8 do
        t.fabric:rscn { address = dids[i] }
        t:wait_us(2000)
      end
    end
    slow:release()
    for i = 1, 8 do
      t:expect(t:wait_until(function() return t:online { target = i } end, 30000000), "target " .. i)
    end
    t:wait_us(2000000)
    for i = 1, 8 do
      t:expect_equal(t:count_frames { from = "hba", type = "PLOGI", d_id = dids[i] }, 1, "PLOGI to " .. i)
    end
    t:expect_equal(t:probe { name = "port.rpi_registered" }, 9, "RPIs: name server and eight targets")
    t:expect_equal(t:connect { target = 8 }:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
  end,
}
