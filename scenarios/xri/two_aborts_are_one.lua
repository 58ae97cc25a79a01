-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A command that is aborted twice sends one ABTS, ends once and frees its XRI once",
  references = { "sli4-io.md 5.4" },
  covers     = { "XRI-02", "ABTS-01", "ABTS-02" },
  needs      = { "probe.frame", "probe.cqe", "probe.model" },
  run = function(t)
    local ctrl = t:connect()
    local event = ctrl:async_event() -- stays out until something happens
    local xri = event.xri
    t:wait_us(100)
    t:mark()
    t:expect_equal(event:abort(), "0", "the first abort")
    event:abort()
    t:wait_us(2)
    event:abort()
    t:expect_equal(event:wait { within_us = 1000 }.status, "aborted", "status")
    t:expect(event:abort() ~= "0", "there is nothing left to abort")
    t:wait_us(1000)
    t:expect_equal(t:count_frames { from = "hba", type = "ABTS" }, 1, "ABTS")
    t:expect_equal(t:count_frames { from = "hba", type = "ABTS", ox_id = xri }, 1, "ABTS of that exchange")
    t:expect_equal(t:count_cqes { code = "WQE", status = 3, reason = 0x16 }, 1, "completions of the command")
    t:expect_equal(t:count_cqes { code = "XRI_ABORTED", xri = xri }, 1, "XRI_ABORTED")
    t:expect_equal(t:probe { name = "port.xri_busy" }, 0, "busy exchanges")
  end,
}
