-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A target that rejects PRLI is not registered and not asked without end; the next RSCN " ..
               "finds it",
  references = { "fc-wire.md 3", "sli4-io.md 2.8" },
  covers     = { "DISC-01", "DISC-02" },
  needs      = { "fault.target", "fault.fabric", "probe.frame", "probe.model" },
  run = function(t)
    local refusal = t.target:els_reject { els = "prli", reason = 9, explanation = 0 }
    t:bring_up()
    t:expect_frame { from = "hba", type = "PRLI", within_us = 10000000 }
    t:expect_frame { from = "target", type = "ELS_RJT", bytes = string.pack(">I4I4", 0x01000000, 0x00090000),
                     within_us = 1000000 }
    t:wait_us(60000000)
    t:expect(not t:online {}, "the target is not registered")
    t:expect(t:count_frames { from = "hba", type = "PRLI" } <= 8, "PRLI sent in a minute: "
             .. t:count_frames { from = "hba", type = "PRLI" })
    t:expect_equal(refusal.hits, t:count_frames { from = "hba", type = "PRLI" }, "all of them were rejected")
    refusal:release()
    t.fabric:rscn { address = t:probe { name = "target.port_id" } }
    t:login { within_us = 20000000 }
    t:expect_equal(t:connect():read { lba = 0, blocks = 8 }:wait().status, "ok", "a read")
  end,
}
