-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A CQ that nobody empties stops the port: no entry is overwritten, none is lost, and it goes on with the first doorbell",
  references = { "sli4-port.md 6.1, 6.10" },
  covers     = { "QUEUE-07" },
  run = function(t)
    t:bring_up()
    local limits = t.hba:limits()
    local eq = t.hba:create_eq { depth = 1024 }
    local cq = t.hba:create_cq { eq = eq.id, depth = 256 }
    local wq = t.hba:create_wq { cq = cq.id, depth = 512 }
    local words = {}
    for i = 1, 32 do words[i] = 0 end
    words[4], words[8], words[11] = 1 << 8, 0x0f << 8, 1 << 9 -- ABORT_XRI of an exchange that is not there
    words[9] = limits.xri_base + limits.xri_count - 1
    words[12] = 0xffff << 16 | 8
    for i = 1, 400 do
      words[10] = 0xe000 + i
      t:expect_equal(wq:post(words), nil, "post " .. i)
    end
    t:wait_us(5000)
    local seen, releases, order = 0, 0, true
    for _ = 1, 800 do
      local cqe = cq:take { within_us = seen + releases < 425 and 1000000 or 200 }
      if not cqe then break end
      if cqe.code == "RELEASE_WQE" then
        releases = releases + 1
      else
        seen = seen + 1
        order = order and cqe.tag == 0xe000 + seen
      end
      cq:arm(false)
    end
    t:expect_equal(seen, 400, "completions")
    t:expect(order, "they come in the order of the commands")
    t:expect_equal(releases, 25, "releases, one for 16 entries")
    for _, queue in ipairs { wq, cq, eq } do
      t:expect_equal(queue:destroy().errno, "0", "destroy")
    end
  end,
}
