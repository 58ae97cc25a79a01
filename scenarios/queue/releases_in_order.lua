-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "The port releases WQ slots in the order of the ring, one entry for each WQE that asks",
  references = { "sli4-port.md 6.3, 6.6", "sli4-io.md 3.4" },
  covers     = { "QUEUE-09", "QUEUE-05" },
  run = function(t)
    t:bring_up()
    local limits = t.hba:limits()
    local eq = t.hba:create_eq { depth = 1024 }
    local cq = t.hba:create_cq { eq = eq.id, depth = 1024 }
    local wq = t.hba:create_wq { cq = cq.id, depth = 64 }
    local words = {}
    for i = 1, 32 do words[i] = 0 end
    words[4] = 1 << 8              -- ABORT_XRI_CX by XRI, of an exchange that is not there
    words[8] = 0x0f << 8
    words[9] = limits.xri_base + limits.xri_count - 1
    words[11] = 1 << 9
    words[12] = 0xffff << 16 | 8
    for i = 1, 63 do
      words[10] = 0xf000 + i
      t:expect_equal(wq:post(words), nil, "post " .. i)
    end
    t:expect_equal(wq:post(words), "EBUSY", "the entry that would fill the ring")
    local released, completed = {}, 0
    for _ = 1, 66 do
      local cqe = cq:take { within_us = 1000000 }
      if cqe and cqe.code == "RELEASE_WQE" then
        t:expect_equal(cqe[2] >> 16, wq.id, "WQ of the release")
        released[#released + 1] = cqe[2] & 0xffff
      elseif cqe then
        completed = completed + 1
        t:expect_equal(cqe.tag, 0xf000 + completed, "completions come in the order of the ring")
        -- What is completed was fetched: its release is not far behind.
        t:expect(completed <= (#released + 1) * 16, "a release is missing before completion " .. completed)
      end
    end
    t:expect_equal(completed, 63, "completions")
    t:expect_equal(table.concat(released, " "), "15 31 47", "released slots, every 16th entry asks")
    t:expect_equal(cq:take { within_us = 100 }, nil, "a further entry")
    cq:arm(false)
    for _, queue in ipairs { wq, cq, eq } do
      t:expect_equal(queue:destroy().errno, "0", "destroy")
    end
  end,
}
