-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "The link goes down while ABTS are unanswered: the commands come back once each, no ABTS " ..
               "follows on the new login, and every XRI works again",
  references = { "sli4-io.md 5.4, 5.5, 8.9", "known-defects.md KD-04" },
  covers     = { "ABTS-06", "ABTS-02", "XRI-01" },
  needs      = { "fault.target", "fault.link", "probe.frame", "probe.wqe", "probe.model" },
  setup      = { hba = { io_xris = 16 } },
  run = function(t)
    local ctrl = t:connect()
    t.target:hold { opcode = "read", count = 12 }
    local deaf = t.target:no_ba()
    local ios, xris = {}, {}
    for i = 1, 12 do
      ios[i] = ctrl:read { lba = 8 * i, blocks = 8, timeout_ms = 100000 }
      xris[i] = ios[i].xri
    end
    t:wait_us(100)
    for i = 1, 6 do ios[i]:abort() end           -- half are being aborted, half are not
    t:wait_us(1000)
    t:mark()
    local cut = t.link:down()
    for i = 1, 12 do
      local status = ios[i]:wait { within_us = 1000000 }.status
      t:expect(status == "lost" or status == "aborted", "read " .. i .. ": " .. status)
    end
    t:expect_equal(t:count_wqes { command = "ABORT_XRI", ia = 0 }, 0, "aborts that ask for an ABTS")
    t:expect_equal(t:probe { name = "port.exchanges" }, 0, "exchanges left in the port")
    cut:release()
    deaf:release()
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives again")
    t:wait_us(45000000)                          -- longer than an ABTS would be repeated
    t:expect_equal(t:count_frames { from = "hba", type = "ABTS" }, 0, "ABTS since the link went down")
    for i = 1, 32 do
      t:expect_equal(ctrl:read { lba = 8 * i, blocks = 8 }:wait().status, "ok", "read " .. i .. " afterwards")
    end
  end,
}
