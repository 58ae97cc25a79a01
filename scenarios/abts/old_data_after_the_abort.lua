-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Data and response of an aborted read that come after its end reach no later read: its " ..
               "OX_ID is not used at this target meanwhile",
  references = { "sli4-io.md 5.2, 5.7", "fc-wire.md 6.2", "known-defects.md KD-13" },
  covers     = { "XRI-07", "ABTS-02" },
  needs      = { "fault.link", "probe.frame", "probe.cqe", "destroys.data" },
  setup      = { hba = { io_xris = 12 } },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64, seed = 1 }:wait().status, "ok", "write")
    t:expect_equal(ctrl:write { lba = 1000, blocks = 64, seed = 2 }:wait().status, "ok", "another write")
    local old = ctrl:read { lba = 0, blocks = 64 }
    local xri = old.xri
    local data = t.frame:hold { type = "DATA", from = "target", ox_id = xri }
    local response = t.frame:hold { type = "RSP", from = "target", ox_id = xri }
    t:wait_us(200)
    t:expect(data.hits > 0, "data is on its way")
    old:abort()
    t:expect_equal(old:wait { within_us = 1000000 }.status, "aborted", "the old read")
    t:mark()
    for round = 1, 24 do                         -- twice through all XRIs, the old frames come in between
      if round == 12 then
        data:release()
        response:release()
      end
      local io = ctrl:read { lba = 1000, blocks = 64 }
      t:expect(io.xri ~= xri, "the OX_ID of the aborted one stays out of use")
      t:expect_equal(io:wait().status, "ok", "read " .. round)
      t:expect(io:matches { seed = 2 }, "its own data")
    end
    t:expect_equal(t.hba:counters().wcqe_unknown_tag, 0, "completions that belong to nothing")
  end,
}
