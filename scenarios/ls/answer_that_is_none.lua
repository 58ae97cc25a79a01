-- SPDX-License-Identifier: BSD-2-Clause
-- What is wrong with it, as target.answer_edit says it: offset in the payload, the word that stands there
-- then.
local WRONG = {
  { "names another request", 16, 0x04000000 },
  { "is neither accept nor reject", 0, 0x09000000 },
  { "has a descriptor list that is too short", 4, 8 },
  { "has a descriptor list beyond its end", 4, 4000 },
  { "starts with another descriptor", 8, 7 },
  { "has no association id", 24, 0x99 },
}

scenario {
  purpose    = "A Create Association whose accept is wrong makes no controller; with a right one the " ..
               "connect succeeds",
  references = { "fc-wire.md 5.2, 5.3" },
  covers     = { "LS-05", "LS-08" },
  needs      = { "fault.target", "probe.frame" },
  run = function(t)
    t:login { target = 1 }
    for _, case in ipairs(WRONG) do
      local edit = t.target:answer_edit { ls = "create_association", offset = case[2], word = case[3] }
      t:mark()
      local ctrl = t:connect { reconnect_delay_ms = 500, ctrl_loss_ms = 1000, within_us = 60000000,
                               try = true }
      t:expect(not ctrl, "no controller from an accept that " .. case[1])
      t:expect(edit.hits >= 1, "answers changed")
      t:expect_no_frame { from = "hba", type = "CMND" }
      edit:release()
    end
    local ctrl = t:connect { within_us = 60000000 }
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
  end,
}
