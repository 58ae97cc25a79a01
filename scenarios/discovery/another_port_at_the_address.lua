-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Another port appears at the address of one that went: it is registered under its own " ..
               "name, the old one is not, and commands of the old come back",
  references = { "fc-wire.md 3.2, 4", "known-defects.md KD-11, KD-41" },
  covers     = { "DISC-11" },
  needs      = { "fault.target", "probe.frame", "probe.model" },
  setup      = { hba = { dev_loss_tmo_s = 5 } },
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 1000, ctrl_loss_ms = 600000 }
    local did, own_name, name = t.hba:node {}.did, t:login {}.wwpn, 0x20010090fabb7777
    t.target:hold { opcode = "read", count = 2 }
    local ios = { ctrl:read { lba = 0, blocks = 8 }, ctrl:read { lba = 8, blocks = 8 } }
    t:wait_us(100)
    ios[1]:abort()                               -- its XRI is in quarantine when the address changes hands
    t:mark()
    local gone = t.target:gone()
    for i, io in ipairs(ios) do t:expect(io:wait { within_us = 10000000 }.status ~= "ok", "read " .. i) end
    t.target:identity { wwpn = name }
    gone:release()
    t:expect_event { type = "RPORT", a = 1, b = name, d_id = did, within_us = 30000000 }
    t:expect(not t:online {}, "the old name is not online")
    t:wait_us(20000000)                          -- device loss and quarantine of the old one end
    t:expect_equal(t:count_frames { from = "hba", type = "RRQ" }, 0, "RRQ to the new port")
    local again = t.target:gone()
    t:wait_us(1000000)
    t.target:identity { wwpn = own_name }
    again:release()
    t:login { within_us = 60000000 }             -- the old one comes back under its name
    t:expect_equal(t:connect():read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
  end,
}
