-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "A target that rejects PLOGI: as busy, it is asked again until it accepts; for good, it is left alone until an RSCN names it",
  references = { "fc-wire.md 3.2, 3.3", "known-defects.md KD-38, KD-43" },
  covers     = { "DISC-01", "DISC-02" },
  needs      = { "fault.target", "fault.fabric", "probe.frame", "probe.model" },
  run = function(t)
    -- Each reason three times, then it accepts.
    for _, reject in ipairs { { 0x03, 0x00 }, { 0x05, 0x00 }, { 0x09, 0x29 }, { 0x03, 0x0d }, { 0x0b, 0x00 }, { 0xff, 0x01 } } do
      local what = string.format("reason %02x/%02x", reject[1], reject[2])
      local refusal = t.target:els_reject { els = "plogi", reason = reject[1], explanation = reject[2], count = 3 }
      t:mark()
      t:bring_up()
      local by_itself = t:wait_until(function() return t:online {} end, 60000000)
      t:expect(refusal.hits >= 1, what .. ": PLOGI was rejected")
      t:expect(t:count_frames { from = "hba", type = "PLOGI", d_id = t:probe { name = "target.port_id" } } <= 8, what .. ": PLOGIs in a minute")
      if reject[1] == 0x05 then t:expect(by_itself, what .. ": busy is asked again") end
      refusal:release()
      if not by_itself then
        t.fabric:rscn { address = t:probe { name = "target.port_id" } }
        t:expect(t:wait_until(function() return t:online {} end, 20000000), what .. ": found by an RSCN")
      end
      t:expect_equal(t:connect():read { lba = 0, blocks = 8 }:wait().status, "ok", what .. ": a read")
      t.hba:shut_down()
      t:expect_equal(t:probe { name = "port.rpi_registered" }, 0, what .. ": RPIs left")
    end
  end,
  limit_ms = 900000,
}
