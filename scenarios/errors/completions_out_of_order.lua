-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Completions that change places end the commands that they name, each with its own data",
  references = { "sli4-io.md 3.1" },
  covers     = { "ERR-02" },
  needs      = { "fault.port", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64, seed = 3 }:wait().status, "ok", "write")
    local swapped = t.cqe:swap { code = "WQE", probability = 500, count = 20 }
    for round = 1, 16 do
      local reads = {}
      for i = 1, 8 do reads[i] = ctrl:read { lba = i * 4, blocks = i % 4 + 1 } end
      for i = 1, 8 do
        local result = reads[i]:wait { within_us = 100000, try = true }
        if not result then                       -- the last one waits for a next one: here it is
          ctrl:flush {}:wait()
          result = reads[i]:wait()
        end
        t:expect_equal(result.status, "ok", "read " .. i .. " of round " .. round)
        t:expect_equal(result.bytes, (i % 4 + 1) * 512, "its bytes")
        t:expect(reads[i]:matches { seed = 3 }, "its data")
      end
    end
    t:expect(swapped.hits > 5, swapped.hits .. " pairs changed places")
    swapped:release()
    t:expect_equal(t.hba:counters().wcqe_unknown_tag, 0, "completions that nobody waited for")
  end,
}
