-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An answer that comes after its request was aborted is dropped; no later request gets it",
  references = { "sli4-io.md 5.4, 5.7, 6.4" },
  covers     = { "LS-07" },
  needs      = { "fault.link", "probe.frame", "probe.cqe", "probe.model" },
  run = function(t)
    t:login { target = 1 }
    local hold = t:fault { verb = "frame.hold", type = "NVME_LS_ACC", count = 1 }
    t:mark()
    local ls = t:ls { command = "create_association" }
    t:wait_us(200)
    t:expect_equal(hold.hits, 1, "answers on the wire")
    t:expect(not ls.done, "the request is outstanding")
    ls:abort()
    t:expect_equal(ls:wait { within_us = 1000000 }.status, "aborted", "status")
    t:expect_cqe { code = "XRI_ABORTED", within_us = 1000000 }
    -- A request of another kind is under way when the old answer comes.
    local arrived = t:count_events { type = "FRAME_RX", port = 0 }
    local next_one = t:ls { command = "disconnect", association_id = 99 }
    hold:release()
    local result = next_one:wait { within_us = 1000 }
    t:expect_equal(result.answer, "reject", "the next request gets its own answer")
    t:expect_equal(result.response:byte(17), 5, "which names it")
    t:wait_us(1000)
    t:expect_equal(t:count_events { type = "FRAME_RX", port = 0 }, arrived + 2, "answers at the port")
    t:expect_equal(t:count_cqes { code = "XRI_ABORTED" }, 1, "XRI_ABORTED")
    t:expect_equal(t.hba:counters().wcqe_unknown_tag, 0, "completions that belong to nothing")
    t:expect_equal(t.hba:counters().xri_aborted_unknown, 0, "XRI_ABORTED that belong to nothing")
  end,
}
