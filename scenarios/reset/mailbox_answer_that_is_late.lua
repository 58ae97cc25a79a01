-- SPDX-License-Identifier: BSD-2-Clause
local REG_RPI = 0x93

scenario {
  purpose    = "A mailbox answer that comes within its time is waited for; one that comes later meets a port that was reset",
  references = { "known-defects.md KD-35, KD-07", "sli4-port.md 3.5" },
  covers     = { "RESET-06" },
  needs      = { "fault.port" },
  setup      = { hba = { mbox_timeout_ms = 2000 } },
  run = function(t)
    local late = t.mailbox:late { opcode = REG_RPI, ns = 1500000000, skip = 1, count = 1 }
    local ctrl = t:connect()
    t:expect_equal(late.hits, 1, "late answers")
    t:expect_equal(t.hba:counters().resets, 0, "resets for an answer in time")
    -- A command of the script through the bootstrap register: the caller gets an error, and the port is reset.
    local heartbeat = t.mailbox:late { ns = 4000000000, count = 1 }
    local words = {}
    for i = 1, 64 do words[i] = 0 end
    words[1] = 0x0b << 8                          -- READ_CONFIG
    local answer = t.hba:mailbox { words = words }
    t:expect_equal(heartbeat.hits, 1, "late answers")
    t:expect_equal(answer.errno, "ETIMEDOUT", "what the caller gets")
    t:expect(t:wait_until(function() return t.hba:counters().resets == 1 end, 60000000), "the port is reset")
    t:expect(t:wait_until(function() return t.hba.state == "link_up" end, 60000000), "and comes back")
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives again")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "read")
    t:expect_equal(t.hba:counters().cqe_unknown, 0, "answers that nobody waits for")
  end,
  limit_ms = 300000,
}
