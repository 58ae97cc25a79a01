-- SPDX-License-Identifier: BSD-2-Clause
-- type, sender, and whether the command may still be good: a frame that came twice or with others in between
-- may do
-- no harm, one whose place in its sequence is lost must not be made up for.
local CASES = {
  { "DATA", "target", "reorder" }, { "DATA", "target", "drop" }, { "DATA", "hba", "drop" },
  { "DATA", "hba", "reorder" }, { "DATA", "target", "duplicate" }, { "DATA", "hba", "duplicate" },
  { "XFER_RDY", "target", "duplicate" }, { "RSP", "target", "duplicate" }, { "CMND", "hba", "duplicate" },
}

scenario {
  purpose    = "Frames that are lost, repeated or out of order inside a command: it is good with the " ..
               "right data, or it fails; never good with wrong data, never twice done",
  references = { "fc-wire.md 2.5", "sli4-io.md 5.7" },
  covers     = { "LINK-06" },
  needs      = { "fault.link", "probe.frame", "probe.model", "destroys.data" },
  limit_ms   = 1000000,
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 500 }
    for round, case in ipairs(CASES) do
      local lba, old, new = 64 * round, 100 + round, 200 + round
      t:expect_equal(ctrl:write { lba = lba, blocks = 64, seed = old }:wait().status, "ok", "write")
      local skip = case[1] == "DATA" and 3 or 0
      local fault = t:fault { verb = "frame." .. case[3], type = case[1], from = case[2], skip = skip,
                              count = 1 }
      local writes = case[2] == "hba" or case[1] == "XFER_RDY"
      local io = writes and ctrl:write { lba = lba, blocks = 64, seed = new, timeout_ms = 2000 }
                 or ctrl:read { lba = lba, blocks = 64, timeout_ms = 2000 }
      local status = io:wait { within_us = 120000000 }.status
      local what = case[3] .. " of " .. case[1] .. " from " .. case[2] .. ": " .. status
      t:note(what)
      t:expect_equal(fault.hits, 1, "frames hit, " .. what)
      t:expect(status ~= "ok" or writes or io:matches { seed = old }, "data of the read, " .. what)
      t:expect(case[3] ~= "drop" or status ~= "ok", "a frame of data is missing, " .. what)
      t:expect(ctrl:wait_state("live", 120000000), "the controller lives, " .. what)
      local r = ctrl:read { lba = lba, blocks = 64 }
      t:expect_equal(r:wait().status, "ok", "a read afterwards")
      t:expect(status ~= "ok" or r:matches { seed = writes and new or old },
               "what is on the medium, " .. what)
    end
  end,
}
