-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Small rings wrap hundreds of times, and every command completes once with its own data",
  references = { "sli4-port.md 6.1, 6.3, 6.6" },
  covers     = { "QUEUE-04", "QUEUE-07" },
  needs      = { "probe.wqe", "destroys.data" },
  setup      = { hba = { wq_depth = 16, cq_depth = 256 } },
  run = function(t)
    local ctrl = t:connect()
    local BLOCKS, AT_ONCE, ROUNDS = 64, 8, 300
    t:expect_equal(ctrl:write { lba = 0, blocks = BLOCKS }:wait().status, "ok", "the pattern is written")
    t:mark()
    for round = 0, ROUNDS - 1 do
      local reads = {}
      for i = 1, AT_ONCE do
        reads[i] = ctrl:read { lba = (round * AT_ONCE + i) % BLOCKS, blocks = 1 }
      end
      for i = 1, AT_ONCE do
        local result = reads[i]:wait()
        if result.status ~= "ok" or result.bytes ~= 512 or not reads[i]:matches() then
          local text = "read %d of round %d: %s, %d bytes"
          t:expect(false, string.format(text, i, round, result.status, result.bytes))
          return
        end
      end
    end
    t:expect_equal(t:count_wqes { command = "FCP_IREAD64" }, ROUNDS * AT_ONCE, "reads through the WQ")
    t:expect_equal(t.hba:counters().wcqe_unknown_tag, 0, "completions that belong to nothing")
  end,
}
