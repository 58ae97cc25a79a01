-- SPDX-License-Identifier: BSD-2-Clause
-- Length, then the words of an answer up to the request information descriptor (fc-wire.md 5.2).
local function check_accept(t, result, command, bytes)
  t:expect_equal(result.status, "ok", "status")
  t:expect_equal(result.answer, "accept", "answer")
  t:expect_equal(#result.response, bytes, "bytes of the answer")
  local code, list, tag, length, answered = string.unpack(">B xxx I4 I4 I4 B", result.response)
  t:expect_equal(code, 2, "LS_ACC")
  t:expect_equal(list, bytes - 8, "descriptor list length")
  t:expect_equal(tag, 1, "first descriptor: request information")
  t:expect_equal(length, 8, "its length")
  t:expect_equal(answered, command, "the request that it names")
end

scenario {
  purpose    = "Create Association, Create I/O Connection and Disconnect are accepted with the request named",
  references = { "fc-wire.md 5.2, 5.3", "sli4-io.md 2.5, 8.2" },
  covers     = { "LS-01" },
  needs      = { "probe.frame" },
  run = function(t)
    t:login { target = 1 }
    t:mark()
    local made = t:ls { command = "create_association" }:wait()
    check_accept(t, made, 3, 56)
    local association_tag, _, association = string.unpack(">I4 I4 i8", made.response, 25)
    t:expect_equal(association_tag, 7, "second descriptor: association id")
    t:expect_equal(string.unpack(">I4", made.response, 41), 6, "third descriptor: connection id")
    local seen = {}
    for queue = 1, 2 do
      local request = { command = "create_connection", association_id = association, queue = queue }
      local answer = t:ls(request):wait()
      check_accept(t, answer, 4, 40)
      local tag, _, connection = string.unpack(">I4 I4 i8", answer.response, 25)
      t:expect_equal(tag, 6, "second descriptor: connection id")
      t:expect(not seen[connection], "the connection id is not given twice")
      seen[connection] = true
    end
    check_accept(t, t:ls { command = "disconnect", association_id = association }:wait(), 5, 24)
    t:expect_equal(t:count_frames { from = "hba", type = "LS" }, 4, "request frames")
    t:expect_equal(t:count_frames { from = "target", type = "LS_RSP" }, 4, "answer frames")
  end,
}
