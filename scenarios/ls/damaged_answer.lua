-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An answer that is damaged on the wire is never seen: the request times out, its exchange " ..
               "is aborted, the next one is answered",
  references = { "fc-wire.md 1.5, 1.7, 5.2", "sli4-io.md 5.3" },
  covers     = { "LS-03", "LINK-04" },
  needs      = { "fault.link", "probe.frame", "probe.cqe", "probe.model" },
  run = function(t)
    t:login { target = 1 }
    for _, what in ipairs { "payload", "header", "crc", "eof" } do
      local damage = t.frame:corrupt { type = "NVME_LS_RJT", what = what, offset = 16, count = 1 }
      t:mark()
      local result = t:ls { command = "disconnect", association_id = 9, timeout_s = 2 }:wait()
      t:expect_equal(damage.hits, 1, "answers damaged in the " .. what)
      t:expect_equal(result.status, "timed_out", "status")
      t:expect_frame { from = "hba", type = "ABTS", within_us = 9000000 }
      t:expect_cqe { code = "XRI_ABORTED", within_us = 9000000 }
    end
    local damage = t.frame:corrupt { type = "DISCONNECT_ASSOCIATION", from = "hba", count = 1 }
    t:expect_equal(t:ls { command = "disconnect", association_id = 9, timeout_s = 2 }:wait().status,
                   "timed_out", "a damaged request")
    t:expect_equal(damage.hits, 1, "requests damaged")
    local good = t:ls { command = "disconnect", association_id = 9 }:wait()
    t:expect_equal(good.reason, 0x40, "the next one is answered")
    t:expect_equal(t.hba:counters().wcqe_unknown_tag, 0, "completions that belong to nothing")
  end,
}
