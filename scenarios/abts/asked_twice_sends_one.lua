-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A second abort of the same command, while the first is under way, adds no ABTS and no " ..
               "second completion",
  references = { "sli4-io.md 2.9, 5.4, 6.10" },
  covers     = { "ABTS-01", "ABTS-02", "ABTS-08" },
  needs      = { "probe.frame", "probe.cqe" },
  run = function(t)
    local ctrl = t:connect()
    local request = ctrl:async_event()
    t:wait_us(100)
    local xri = request.xri
    t:mark()
    t:expect_equal(request:abort(), "0", "the first abort")
    request:abort()
    t:expect_cqe { code = "WQE", status = 3, reason = 0x16, xb = 1, within_us = 1000 }
    request:abort()                              -- completed, but its exchange has not ended
    t:expect_equal(request:wait { within_us = 1000 }.status, "aborted", "the request")
    request:abort()
    t:wait_us(1000)
    t:expect_equal(t:count_frames { from = "hba", type = "ABTS" }, 1, "ABTS sent")
    t:expect_equal(t:count_cqes { code = "WQE", status = 3, reason = 0x16, xb = 1 }, 1,
                   "completions of the command")
    t:expect_equal(t:count_cqes { code = "XRI_ABORTED", xri = xri }, 1, "XRI_ABORTED")
  end,
}
