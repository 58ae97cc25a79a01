-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "From one command at a time to more than the queue of the controller holds: each ends once with its own data",
  references = { "sli4-io.md 6.8", "fc-wire.md 5.6" },
  covers     = { "IO-01", "IO-09", "QUEUE-05" },
  needs      = { "probe.wqe", "destroys.data" },
  setup      = { hba = { wq_depth = 64 } },
  run = function(t)
    local ctrl = t:connect { entries = 128 }
    t:expect_equal(ctrl:write { lba = 0, blocks = 256 }:wait().status, "ok", "the pattern is written")
    for _, depth in ipairs { 1, 2, 3, 15, 16, 17, 63, 64, 65, 126, 127 } do
      t:mark()
      local reads, accepted = {}, 0
      for i = 1, depth do
        reads[i] = ctrl:read { lba = i, blocks = i % 3 + 1 }
        accepted = accepted + (reads[i].refused and 0 or 1)
      end
      if not t:expect_equal(accepted, depth, "commands taken at depth " .. depth) then return end
      for i = 1, depth do
        local result = reads[i]:wait()
        t:expect_equal(result.status, "ok", "read " .. i .. " at depth " .. depth)
        t:expect_equal(result.bytes, (i % 3 + 1) * 512, "its bytes")
        t:expect(reads[i]:matches(), "its data")
      end
      t:expect_equal(t:count_wqes { command = "FCP_IREAD64" }, depth, "WQEs at depth " .. depth)
    end
    -- One more than the submission queue has room for: the transport does not take it, the driver never sees it.
    t:mark()
    local reads, refused = {}, 0
    for i = 1, 130 do
      reads[i] = ctrl:read { lba = i, blocks = 1 }
      refused = refused + (reads[i].refused == "EBUSY" and 1 or 0)
    end
    t:expect_equal(refused, 3, "commands that the submission queue has no room for")
    for i = 1, 127 do t:expect_equal(reads[i]:wait().status, "ok", "read " .. i) end
    t:expect_equal(t:count_wqes { command = "FCP_IREAD64" }, 127, "WQEs")
  end,
}
