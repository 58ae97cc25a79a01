-- SPDX-License-Identifier: BSD-2-Clause
local POST_SGL_PAGES = 0x9b0c03

scenario {
  purpose    = "A port that takes no SGL at all is not brought up, with a reason and nothing left over; the next try is good",
  references = { "known-defects.md KD-36", "sli4-port.md 5.1" },
  covers     = { "XRI-14" },
  needs      = { "fault.port", "destroys.data" },
  run = function(t)
    local refused = t.mailbox:fail { opcode = POST_SGL_PAGES, config_status = 0x03 }
    t:bring_up { try = true }
    t:expect(refused.hits >= 1, "blocks refused")
    t:expect(t.hba.state ~= "link_up" and t.hba.state ~= "link_down", "the HBA is not up: " .. t.hba.state)
    t:expect(t.hba.reason and t.hba.reason:find("SGL"), "it says why: " .. tostring(t.hba.reason))
    refused:release()
    local ctrl = t:connect()
    local write = ctrl:write { lba = 0, blocks = 8 }
    t:expect_equal(write:wait().status, "ok", "write after the second try")
  end,
}
