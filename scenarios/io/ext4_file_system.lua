-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "An ext4 image written through the driver is read back the same and is a sound file " ..
               "system on the medium",
  references = { "sli4-io.md 8.3, 8.4", "fc-wire.md 5.5" },
  covers     = { "IO-01", "IO-07", "QUEUE-08" },
  needs      = { "tools.e2fsprogs", "destroys.data" },
  setup      = { hba = { io_queues = 2 }, targets = { { namespaces = { { size = "8m", file = true } } } } },
  run = function(t)
    local PIECE, AT_ONCE = 65536, 8
    local image = t:ext4_image { megabytes = 8, files = 40 }
    local ctrl = t:connect { io_queues = 2 }
    -- Runs `submit` for every piece, AT_ONCE of them in flight; `check` gets each when it has ended.
    local function all_pieces(submit, check)
      local running = {}
      for at = 0, #image - PIECE, PIECE do
        running[#running + 1] = { io = submit(at, 1 + at // PIECE % 2), at = at }
        if #running == AT_ONCE or at == #image - PIECE then
          for _, r in ipairs(running) do
            local result = r.io:wait()
            t:expect(result.status == "ok" and result.bytes == PIECE, "piece at " .. r.at .. " ended")
            check(r)
          end
          running = {}
        end
      end
    end
    all_pieces(function(at, queue)
      return ctrl:write { lba = at // 512, blocks = PIECE // 512, queue = queue, segments = 16,
                          data = image:piece(at, PIECE) }
    end, function() end)
    t:expect_equal(ctrl:flush {}:wait().status, "ok", "flush")
    all_pieces(function(at, queue)
      return ctrl:read { lba = at // 512, blocks = PIECE // 512, queue = 3 - queue, segments = 5 }
    end, function(r)
      t:expect(r.io:data() == image:piece(r.at, PIECE), "piece at " .. r.at .. " is the one written")
    end)
    local clean, said = t:fsck { target = 1, nsid = 1 }
    t:expect(clean, "e2fsck finds the file system clean: " .. said)
  end,
}
