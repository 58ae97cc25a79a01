-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Whatever reason and explanation a target rejects a link service with, both reach the " ..
               "caller, and nothing is repeated or torn down",
  references = { "fc-wire.md 5.2", "sli4-io.md 6.3" },
  covers     = { "LS-02" },
  needs      = { "fault.target", "probe.frame", "probe.cqe" },
  run = function(t)
    local ctrl = t:connect()
    local association = ctrl:info().association_id
    local reasons = { 0x01, 0x03, 0x09, 0x0b, 0x40, 0x41, 0x42, 0x43, 0xff }
    local code = { create_association = 3, create_connection = 4, disconnect = 5 }
    for i, reason in ipairs(reasons) do
      for command, byte in pairs(code) do
        local name = command == "disconnect" and "disconnect_association" or command
        t.target:ls_reject { ls = name, reason = reason, explanation = 0x10 + i, count = 1 }
        t:mark()
        local result = t:ls { command = command, association_id = association }:wait()
        t:expect_equal(result.status, "ok", "an LS_RJT is a good completion")
        t:expect_cqe { code = "WQE", status = 0 }
        t:expect_equal(result.answer, "reject", command .. " with reason " .. reason)
        t:expect_equal(result.reason, reason, "reason")
        t:expect_equal(result.explanation, 0x10 + i, "explanation")
        t:expect_equal(result.response:byte(17), byte, "the request that it names")
        t:expect_equal(t:count_frames { from = "hba", type = "LS" }, 1, "requests sent")
      end
    end
    t:expect_equal(ctrl.state, "live", "the association")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read over it")
  end,
}
