-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An answer that arrives a second time is dropped: one completion a request, each with its " ..
               "own answer",
  references = { "sli4-io.md 5.4, 6.4" },
  covers     = { "LS-07" },
  needs      = { "fault.link", "probe.frame", "probe.cqe" },
  run = function(t)
    t:login { target = 1 }
    local twice = t.frame:duplicate { type = "NVME_LS_RJT", ns = 3000 }
    t:mark()
    for i = 1, 40 do                             -- more than there are XRIs for it at a time
      local command = i % 2 == 0 and "disconnect" or "create_connection"
      local result = t:ls { command = command, association_id = i }:wait()
      t:expect_equal(result.answer, "reject", "answer " .. i)
      t:expect_equal(result.response:byte(17), i % 2 == 0 and 5 or 4, "the request that it names")
    end
    t:wait_us(100)
    t:expect_equal(twice.hits, 40, "answers repeated")
    t:expect_equal(t:count_cqes { code = "WQE", status = 0 }, 40, "completions")
    t:expect_equal(t.hba:counters().wcqe_unknown_tag, 0, "completions that belong to nothing")
  end,
}
