-- SPDX-License-Identifier: BSD-2-Clause
-- Of the suite's requirements those that the scenarios here fail; the merged report takes the words of the suite.

for _, id in ipairs { "ABTS-01", "ABTS-08", "ERR-01", "IO-01", "LINK-01", "QUEUE-01", "XRI-01", "XRI-10" } do
  requirement { id = id, text = "As in scenarios/requirements.lua", level = "M", source = "scenarios/requirements.lua",
                problems = "The port of this scenario has a defect on purpose" }
end
