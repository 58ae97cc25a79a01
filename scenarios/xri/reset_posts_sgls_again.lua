-- SPDX-License-Identifier: BSD-2-Clause
local POST_SGL_PAGES = 0x9b0c03

scenario {
  purpose    = "A port reset forgets every SGL: the driver posts as many as before, and goes on with I/O",
  references = { "sli4-port.md 8.3", "sli4-io.md 1.3, 5.5, 8.10" },
  covers     = { "XRI-06" },
  needs      = { "probe.model", "destroys.data" },
  run = function(t)
    local ctrl = t:connect()
    t:expect_equal(ctrl:write { lba = 0, blocks = 8 }:wait().status, "ok", "write")
    local function post_commands()   -- good ones since the mark
      return t:count_events { type = "MBX_RESPONSE", b = POST_SGL_PAGES, status = 0 }
    end
    local commands = post_commands()
    local posted = t:count_events { type = "SGL_POST" }
    t:expect(posted > 0 and commands > 0, "SGLs were posted")
    local event = ctrl:async_event()
    t:wait_us(50)
    t:mark()
    t:expect_equal(t.hba:reset(), "0", "reset")
    t:expect(t:wait_until(function() return t.hba.state == "link_up" end, 10000000), "the link is up again")
    t:expect(event:wait().status ~= "ok", "a command that was out is returned")
    t:expect_equal(t:count_events { type = "SGL_POST" }, posted, "SGLs posted again")
    t:expect_equal(post_commands(), commands, "POST_SGL_PAGES")
    t:expect(ctrl:wait_state("live", 60000000), "the association is made again")
    local read = ctrl:read { lba = 0, blocks = 8 }
    t:expect_equal(read:wait().status, "ok", "read")
    t:expect(read:matches(), "the data is the data written")
  end,
}
