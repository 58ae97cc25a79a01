-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Status code type, status code and Do Not Retry reach the host as the target sent " ..
               "them, and harm nothing else",
  references = { "fc-wire.md 5.6", "sli4-io.md 3.3, 8.3" },
  covers     = { "IO-04" },
  needs      = { "fault.target", "probe.frame", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64, seed = 3 }:wait().status, "ok", "write")
    local cases = { { 0, 0x04, false }, { 0, 0x06, true }, { 1, 0x80, false }, { 2, 0x81, true },
                    { 2, 0x80, false }, { 3, 0x00, false }, { 3, 0x02, true }, { 7, 0xff, true } }
    for _, c in ipairs(cases) do
      for _, opcode in ipairs { "read", "write", "flush" } do
        local sent = t.target:status { opcode = opcode, sct = c[1], sc = c[2], dnr = c[3], count = 1 }
        local seed = opcode == "write" and 4 or nil
        local arguments = opcode == "flush" and {} or { lba = 0, blocks = 8, seed = seed }
        local result = ctrl[opcode](ctrl, arguments):wait()
        local what = string.format("%s, status %d/0x%02x", opcode, c[1], c[2])
        t:expect_equal(sent.hits, 1, what .. ": sent")
        t:expect_equal(result.status, "nvme", what .. ": the command is answered")
        t:expect_equal(result.sct, c[1], what .. ": type")
        t:expect_equal(result.sc, c[2], what .. ": code")
        t:expect_equal(result.dnr, c[3], what .. ": do not retry")
        t:expect(result.ersp, what .. ": by ERSP")
      end
    end
    local r = ctrl:read { lba = 0, blocks = 64 }
    t:expect_equal(r:wait().status, "ok", "a read afterwards")
    t:expect(r:matches { seed = 3 }, "a write that failed changed nothing")
    t:expect_equal(ctrl:info().connects, 1, "associations made")
    t:expect_no_frame { from = "hba", type = "ABTS" }
  end,
}
