-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Entries that name an XRI, tag, queue or kind that is not theirs are counted and dropped",
  references = { "known-defects.md KD-18, KD-10", "sli4-io.md 3" },
  covers     = { "ERR-08" },
  status     = "FYI",
  discussion = "The command whose entry was spoiled is lost by it; that it comes back is errors.lost_completion. Here the " ..
               "spoiled entry is a second one.",
  needs      = { "fault.port", "fault.target", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local limits = t.hba:limits()
    -- Each entry comes twice: right, then spoiled.
    local function spoiled(edit, breach)
      if breach then t:allow { rule = breach, count = 1 } end
      local twice = t.cqe:dup { code = "WQE", count = 1 }
      edit.code, edit.skip, edit.count = "WQE", 1, 1
      local wrong = t.cqe:edit(edit)
      for _ = 1, 4 do
        if wrong.hits == 1 then break end
        local read = ctrl:read { lba = 1, blocks = 8 }
        t:expect_equal(read:wait().status, "ok", "read")
        t:expect(read:matches(), "its data")
        t:wait_us(20)
      end
      t:expect_equal(wrong.hits, 1, "entries spoiled")
      wrong:release()
    end
    local before = t.hba:counters()
    for _, tag in ipairs { 0, 0xffff, 0x7fff } do
      spoiled({ field = "tag", value = tag }, "TAG-UNKNOWN")
    end
    t:expect_equal(t.hba:counters().wcqe_unknown_tag, before.wcqe_unknown_tag + 3, "unknown tags")
    spoiled({ field = "code", value = 0x77 })
    t:expect_equal(t.hba:counters().cqe_unknown, before.cqe_unknown + 1, "entries of an unknown kind")
    -- As XRI_ABORTED (code 5), word 2 names an exchange: idle, beyond the range, one of the ELS share.
    local idle = ctrl:read { lba = 0, blocks = 1 }
    local known = idle.xri
    idle:wait()
    for _, xri in ipairs { known, limits.xri_base + limits.xri_count - 1, limits.xri_base + limits.xri_count, 0xffff,
                           limits.xri_base } do
      local edit = t.cqe:edit { code = "WQE", field = "xri", value = xri, skip = 1, count = 1 }
      spoiled({ field = "code", value = 5 }, "XRI-ABORTED-UNKNOWN")
      t:expect_equal(edit.hits, 1, "XRIs spoiled")
      edit:release()
    end
    t:expect_equal(t.hba:counters().xri_aborted_unknown, before.xri_aborted_unknown + 5, "XRI_ABORTED of what is not busy")
    -- As a release (code 2) of another queue, or of slots that are not busy.
    for _, word in ipairs { 0xffff0000, 0x0000ffff } do
      local edit = t.cqe:edit { code = "WQE", field = "word2", value = word, skip = 1, count = 1 }
      spoiled({ field = "code", value = 2 })
      edit:release()
    end
    t:expect_equal(t.hba:counters().cqe_unknown, before.cqe_unknown + 3, "releases of what is not busy")
    t:expect_equal(ctrl:info().connects, 1, "associations made")
    t:expect_equal(t.hba:counters().resets, 0, "resets")
  end,
}
