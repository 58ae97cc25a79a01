-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "RELEASE entries that come twice, late, with an old index or not at all: nothing is written over, no slot is lost for good, I/O goes on",
  references = { "sli4-io.md 3.4", "sli4-port.md 6.6", "known-defects.md KD-23" },
  covers     = { "QUEUE-09", "QUEUE-05", "ERR-08" },
  status     = "FYI",
  discussion = "A slot counts as free when the port says so, or when a command behind it has completed and it must have been " ..
               "fetched: a host that knows only the first is stuck when the last RELEASE is lost.",
  needs      = { "fault.port", "probe.wqe", "destroys.data" },
  setup      = { hba = { wq_depth = 16 } },
  run = function(t)
    local ctrl = t:connect { entries = 64 }
    t:expect_equal(ctrl:write { lba = 0, blocks = 64 }:wait().status, "ok", "write")
    local function load(what)
      local reads = {}
      for i = 1, 48 do reads[i] = ctrl:read { lba = i - 1, blocks = 1, timeout_ms = 20000 } end
      for i = 1, 48 do
        t:expect_equal(reads[i]:wait { within_us = 60000000 }.status, "ok", what .. ": read " .. i)
        t:expect(reads[i]:matches(), what .. ": its data")
      end
    end
    local function with(what, hits, fault)
      load(what)
      t:expect(fault.hits >= hits, what .. ": " .. fault.hits .. " entries")
      fault:release()
      load(what .. ", afterwards")
    end
    with("twice", 4, t.cqe:dup { code = "RELEASE", count = 4 })
    with("late", 4, t.cqe:delay { code = "RELEASE", ns = 3000000, count = 4 })
    with("old index", 2, t.cqe:edit { code = "RELEASE", field = "wqe_index", add = -4, count = 2 })
    with("index of no slot", 1, t.cqe:edit { code = "RELEASE", field = "wqe_index", value = 0xfff, count = 1 })
    with("another queue's", 1, t.cqe:edit { code = "RELEASE", field = "wq_id", value = 0x7fff, count = 1 })
    with("lost", 3, t.cqe:edit { code = "RELEASE", field = "code", value = 0x77, count = 3 })
    t:expect_equal(ctrl:info().connects, 1, "associations made")
    t:expect_equal(t.hba:counters().resets, 0, "resets")
  end,
  limit_ms = 600000,
}
