-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "ERSP comes every ERSP_RATIO responses, with an error and with a result; otherwise " ..
               "RSP, and both complete the same",
  references = { "fc-wire.md 5.6", "sli4-io.md 3.3, 8.3, 8.5" },
  covers     = { "IO-03", "IO-04" },
  needs      = { "probe.frame", "probe.cqe", "destroys.data" },
  run = function(t)
    local ctrl = t:connect { ersp_ratio = 4, entries = 32 }
    -- Connect was response 1 of this queue; every response whose number is a multiple of 4 is an ERSP.
    t:mark()
    for n = 2, 33 do
      local io = n % 2 == 0 and ctrl:write { lba = 0, blocks = 8 } or ctrl:read { lba = 0, blocks = 8 }
      local result = io:wait()
      t:expect_equal(result.status, "ok", "command " .. n)
      t:expect_equal(result.bytes, 4096, "bytes of command " .. n)
      t:expect_equal(result.ersp, n % 4 == 0, "ERSP for command " .. n)
    end
    t:expect_equal(t:count_frames { from = "target", type = "ERSP" }, 8, "ERSP sent")
    t:expect_equal(t:count_frames { from = "target", type = "RSP" }, 24, "RSP sent")
    t:expect_equal(t:count_frames { from = "target", type = "RSP", length = 12 }, 24, "RSP of 12 bytes")
    t:expect_equal(t:count_cqes { code = "ERSP" }, 8, "compressed ERSP")
    t:expect_equal(t:count_cqes { code = "WQE", status = 0 }, 24, "completions without ERSP")
    local before = ctrl:info()
    local bad = ctrl:read { lba = 1 << 40, blocks = 8 }:wait()   -- response 34
    t:expect(bad.ersp and bad.status == "nvme" and bad.sct == 0 and bad.sc == 0x80, "an error comes by ERSP")
    local queues = ctrl:get_features { fid = 7 }:wait()
    t:expect(queues.ersp and queues.status == "ok" and queues.result ~= 0, "a result comes by ERSP")
    t:expect_equal(ctrl:info().connects, before.connects, "associations made")
  end,
}
