-- SPDX-License-Identifier: BSD-2-Clause
local ILLEGAL_FIELD = 0x03

scenario {
  purpose    = "A create command with a count, size or page that cannot be makes no queue, and a good one after it works",
  references = { "sli4-port.md 6.2 to 6.7", "known-defects.md KD-25" },
  covers     = { "QUEUE-11" },
  needs      = { "probe.model" },
  run = function(t)
    t:bring_up()
    local before = t:probe { name = "port.queues" }
    local function rejected(what, queue, answer)
      t:expect_equal(answer.config_status, ILLEGAL_FIELD, "config status of " .. what)
      t:expect_equal(queue.id, nil, "id of " .. what)
      t:expect_equal(t:probe { name = "port.queues" }, before, "queues after " .. what)
    end
    local function eq(what, edit) rejected("an EQ " .. what, t.hba:create_eq { depth = 1024, edit = edit }) end
    eq("without pages", { [0] = 0 })
    eq("of nine pages", { [0] = 9 })
    eq("of count code 7", { [2] = 7 << 26 })
    eq("with page 0 missing", { [5] = 0, [6] = 0 })
    eq("with a page off its boundary", { [5] = 0x10010 })
    local parent = t.hba:create_eq { depth = 1024 }
    before = before + 1
    local function cq(what, edit)
      rejected("a CQ " .. what, t.hba:create_cq { eq = parent.id, depth = 1024, edit = edit })
    end
    cq("without pages", { [0] = 1 << 16 })
    cq("of more entries than its pages hold", { [3] = 65535, [1] = 3 << 27 | 1 << 31 | 1 << 29 })
    cq("of no entries", { [3] = 0, [1] = 3 << 27 | 1 << 31 | 1 << 29 })
    cq("with a page off its boundary", { [5] = 0x10010 })
    local answers = t.hba:create_cq { eq = parent.id, depth = 1024 }
    before = before + 1
    local function wq(what, edit)
      rejected("a WQ " .. what, t.hba:create_wq { cq = answers.id, depth = 256, edit = edit })
    end
    wq("of an entry size that there is not", { [1] = 1 | 3 << 8 | 256 << 16 })
    wq("of more entries than its pages hold", { [1] = 1 | 6 << 8 | 1 << 15 | 4096 << 16 })
    wq("of no entries", { [1] = 1 | 6 << 8 | 1 << 15 })
    local function rq(what, edit)
      rejected("an RQ " .. what, t.hba:create_rq { cq = answers.id, depth = 512, edit = edit })
    end
    rq("without buffers", { [4] = 0 })
    rq("of an entry size that there is not", { [1] = 1 | 7 << 8 | 512 << 16 })
    local good = t.hba:create_wq { cq = answers.id, depth = 256 }
    t:expect(good.id, "a good WQ after all that")
    for _, queue in ipairs { good, answers, parent } do
      t:expect_equal(queue:destroy().errno, "0", "destroy")
    end
  end,
}
