-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "One read, and all that it takes: logins, association, queues, the command, and the way back",
  references = { "sli4-io.md 2.8, 7", "fc-wire.md 5.5" },
  covers     = { "IO-01" },
  discussion = [[Small enough to be read to its end. `slibench hba capture` runs it on an HBA unless told otherwise:
    the same on the model, with --trace, is what `slibench report --compare` puts beside it.]],
  run = function(t)
    local ctrl = t:connect { io_queues = 1 }
    t:mark()
    local result = ctrl:read { lba = 0, blocks = 8 }:wait()
    t:expect_equal(result.status, "ok", "the read")
    t:expect_equal(result.bytes, 4096, "bytes")
    ctrl:disconnect()
  end,
}
