-- SPDX-License-Identifier: BSD-2-Clause
local NO_XRI, LOCAL_REJECT = 0x05, 3

-- ABORT_XRI of an exchange that is not there: it is answered by a CQE and does nothing else (sli4-io.md 5.4).
local function abort_of_idle(xri, tag)
  local words = {}
  for i = 1, 32 do words[i] = 0 end
  words[4] = 1 << 8                -- criteria: XRI
  words[8] = 0x0f << 8             -- W7: ABORT_XRI_CX
  words[9] = xri
  words[10] = tag
  words[11] = 1 << 9               -- W10: qosd
  words[12] = 0xffff << 16 | 8     -- W11: CQ of the WQ, command type
  return words
end

scenario {
  purpose    = "An armed CQ raises one EQE for however many entries, and the next only when armed again",
  references = { "sli4-port.md 6.10" },
  covers     = { "QUEUE-06", "QUEUE-07" },
  status     = "FYI",
  discussion = "The arm semantics are inferred from what the drivers need.",
  run = function(t)
    t:bring_up()
    local limits = t.hba:limits()
    local idle = limits.xri_base + limits.xri_count - 1
    local eq = t.hba:create_eq { depth = 1024 }
    local cq = t.hba:create_cq { eq = eq.id, depth = 1024 }
    local wq = t.hba:create_wq { cq = cq.id, depth = 256 }
    local tag = 0xf000
    local function post(n)
      for _ = 1, n do
        tag = tag + 1
        t:expect_equal(wq:post(abort_of_idle(idle, tag)), nil, "post")
      end
    end
    local function take(n)
      for i = tag - n + 1, tag do
        local cqe = cq:take { within_us = 1000000 }
        t:expect(cqe, "an entry for tag " .. i)
        t:expect_equal(cqe and cqe.tag, i, "its tag")
        t:expect_equal(cqe and cqe.status, LOCAL_REJECT, "its status")
        t:expect_equal(cqe and cqe.reason, NO_XRI, "its reason")
      end
      t:expect_equal(cq:take { within_us = 20 }, nil, "another entry")
    end

    post(2)                        -- a new CQ is not armed
    t:expect_equal(eq:take { within_us = 100 }, nil, "EQE of a CQ that was never armed")
    take(2)
    cq:arm(true)
    t:expect_equal(eq:take { within_us = 100 }, nil, "EQE of an armed CQ without an entry")
    post(3)
    t:expect_equal(eq:take { within_us = 1000000 }, cq.id, "EQE of the armed CQ")
    t:expect_equal(eq:take { within_us = 100 }, nil, "a second EQE")
    take(3)
    post(1)
    t:expect_equal(eq:take { within_us = 100 }, nil, "EQE of the disarmed CQ")
    cq:arm(true)                   -- holds an entry that was not given back
    t:expect_equal(eq:take { within_us = 1000000 }, cq.id, "EQE at once for the entry that came before")
    take(1)
    cq:arm(false)
    for _, queue in ipairs { wq, cq, eq } do
      t:expect_equal(queue:destroy().errno, "0", "destroy")
    end
  end,
}
