-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A request for an association that nobody made is rejected with reason 0x40; others live on",
  references = { "fc-wire.md 5.2", "sli4-io.md 6.3" },
  covers     = { "LS-02", "LS-06" },
  needs      = { "probe.cqe" },
  run = function(t)
    local ctrl = t:connect()
    local association = ctrl:info().association_id
    local unknown = association ~ 0x5a5a000000000000
    for command, code in pairs { disconnect = 5, create_connection = 4 } do
      t:mark()
      local result = t:ls { command = command, association_id = unknown }:wait()
      t:expect_equal(result.status, "ok", "LS_RJT is a good completion")
      t:expect_cqe { code = "WQE", status = 0 }
      t:expect_equal(result.answer, "reject", "answer to " .. command)
      t:expect_equal(result.reason, 0x40, "reason")
      t:expect_equal(result.explanation, 0, "explanation")
      t:expect_equal(result.response:byte(17), code, "the request that it names")
    end
    if not t:expect_equal(ctrl.state, "live", "the association that exists") then return end
    t:expect_equal(ctrl:info().association_id, association, "its id")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "read")
  end,
}
