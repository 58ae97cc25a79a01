-- SPDX-License-Identifier: BSD-2-Clause
scenario {
  purpose    = "FLOGI, PLOGI to the name server, its queries, PLOGI and PRLI to the target, in this " ..
               "order, each once",
  references = { "fc-wire.md 3, 4", "sli4-port.md 5.1" },
  covers     = { "DISC-01" },
  needs      = { "probe.frame", "probe.model" },
  run = function(t)
    t:bring_up()
    t:mark()
    local did = t:probe { name = "target.port_id" }
    local ladder = {
      { name = "FLOGI", frame = { from = "hba", type = "FLOGI", d_id = 0xfffffe, s_id = 0 } },
      { name = "PLOGI, name server", frame = { from = "hba", type = "PLOGI", d_id = 0xfffffc } },
      { name = "first query", frame = { from = "hba", type = "CT", d_id = 0xfffffc } },
      { name = "PLOGI, target", frame = { from = "hba", type = "PLOGI", d_id = did } },
      { name = "PRLI", frame = { from = "hba", type = "PRLI", d_id = did, bytes = "\x20\x14" } },
    }
    t:expect(did ~= 0, "the target has an address")
    for i, step in ipairs(ladder) do
      t:expect(t:wait_until(function() return t:count_frames(step.frame) > 0 end, 10000000), step.name)
      if ladder[i + 1] then
        t:expect_equal(t:count_frames(ladder[i + 1].frame), 0, ladder[i + 1].name .. " before " .. step.name)
      end
      t:expect(not t:online {}, "the target is not registered at " .. step.name)
    end
    t:login {}
    t:expect_frame { from = "hba", type = "SCR", d_id = 0xfffffd, within_us = 10000000 }
    t:wait_us(2000000)
    for _, step in ipairs(ladder) do
      t:expect(step.frame.type == "CT" or t:count_frames(step.frame) == 1, step.name .. " went out once")
    end
    local node = t.hba:node {}
    t:expect_equal(node.did, did, "address of the node")
    t:expect(node.mapped, "the node is mapped")
    t:expect_equal(t:probe { name = "fabric.n_ports" }, 2, "ports logged in to the fabric")
  end,
}
