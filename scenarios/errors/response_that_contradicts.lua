-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An ERSP that contradicts its command ends the association, not the host: a new one is " ..
               "made and I/O goes on",
  references = { "fc-wire.md 5.6", "sli4-io.md 6.5" },
  covers     = { "IO-04", "LS-05" },
  needs      = { "fault.target", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    for n, edit in ipairs { { "xfrd_len", 512 }, { "length", 9 }, { "payload_bytes", 20 } } do
      local sent = t.target:rsp_edit { opcode = "read", field = edit[1], value = edit[2], count = 1 }
      local result = ctrl:read { lba = 0, blocks = 8 }:wait()
      t:expect_equal(sent.hits, 1, edit[1] .. " was changed")
      t:expect(result.status ~= "ok", "the read is not good: " .. result.status)
      local made = t:wait_until(function() return ctrl:info().connects == n + 1 end, 60000000)
      t:expect(made, "a new association is made")
      t:expect(ctrl:wait_state("live", 60000000), "the controller lives")
      local r = ctrl:read { lba = 0, blocks = 64 }
      t:expect_equal(r:wait().status, "ok", "a read afterwards")
      t:expect(r:matches(), "its data")
    end
  end,
}
