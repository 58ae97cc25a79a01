-- SPDX-License-Identifier: BSD-2-Clause
local INVALID_COMMAND, LOGICAL_ERROR = 0x01, 0x03

local function request(command, list, rest) return string.pack(">B xxx I4", command, list) .. rest end

local function zeros(n) return string.rep("\0", n) end

scenario {
  purpose    = "Requests of unknown kind, wrong length or impossible values are rejected with their reason",
  references = { "fc-wire.md 5.2" },
  covers     = { "LS-01", "LS-02" },
  run = function(t)
    t:login { target = 1 }
    local association = string.pack(">I4 I4 I8", 7, 8, 1)
    local cases = {
      { "unknown command", INVALID_COMMAND, 0x7e, { bytes = request(0x7e, 16, association) } },
      { "Create Association cut short", LOGICAL_ERROR, 3,
        { bytes = request(3, 72, string.pack(">I4 I4", 3, 64) .. zeros(64)) } },
      { "Disconnect with a wrong tag", LOGICAL_ERROR, 5,
        { bytes = request(5, 40, string.pack(">I4 I4 I8 I4 I4", 6, 8, 1, 5, 16) .. zeros(16)) } },
      { "Disconnect with a wrong descriptor length", LOGICAL_ERROR, 5,
        { bytes = request(5, 40, string.pack(">I4 I4 I8 I4 I4", 7, 12, 1, 5, 16) .. zeros(16)) } },
      { "ERSP ratio 0", LOGICAL_ERROR, 3, { command = "create_association", ersp_ratio = 0 } },
      { "ERSP ratio as large as the queue", LOGICAL_ERROR, 3,
        { command = "create_association", ersp_ratio = 31, sq_size = 31 } },
    }
    for _, case in ipairs(cases) do
      local result = t:ls(case[4]):wait()
      t:expect_equal(result.status, "ok", case[1] .. ": status")
      t:expect_equal(result.answer, "reject", case[1] .. ": answer")
      t:expect_equal(result.reason, case[2], case[1] .. ": reason")
      t:expect_equal(#result.response, 40, case[1] .. ": bytes of LS_RJT")
      t:expect_equal(result.response:byte(17), case[3], case[1] .. ": request named")
    end
    t:expect_equal(t:connect():read { lba = 0, blocks = 8 }:wait().status, "ok", "a right one is accepted")
  end,
}
