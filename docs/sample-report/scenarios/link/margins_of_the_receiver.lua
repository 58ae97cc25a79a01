-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "Sample of what is not run: a capability that this port does not have",
  references = { "sli4-port.md 6.8" },
  covers     = { "LINK-01" },
  discussion = "The optics of this port cannot be spoilt: that counts neither as passed nor as failed.",
  needs      = { "fault.optics" },
  run = function(t) t:expect(false, "never reached on a port without optics") end,
}
