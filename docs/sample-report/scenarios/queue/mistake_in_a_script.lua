-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Sample of a broken script: a mistake is told with file and line, and the other scenarios go on",
  references = { "docs/scenarios.md" },
  covers     = { "QUEUE-01" },
  run = function(t)
    local ctrl = t:connect()
    ctrl:read { lba = 0, bloks = 8 }
    t:expect(true, "never reached")
  end,
}
