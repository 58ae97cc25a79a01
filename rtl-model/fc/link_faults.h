// SPDX-License-Identifier: BSD-2-Clause
// Fault controls of the links: "link.down", "link.bounce", "frame.drop", "frame.delay", "frame.hold",
// "frame.corrupt"; probes "link.*". One object for all links of a world.
//
// A frame is judged on the first hop only, so that a control acts once however many links the frame crosses.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>
#include "rtl-model/context.h"
#include "rtl-model/fc/frame.h"

class fc_link;

class fc_link_faults {
public:
    enum action { pass, drop, delay, hold };

    struct verdict {
        enum action action;
        uint64_t delay_ps;
    };

    // Registers the verbs. `links`: of HBA port n at n, of target n at WORLD_TRACE_TARGET_0 + n, as far as
    // they exist.
    fc_link_faults(const model_context &context, std::map<unsigned, fc_link *> links);

    // Nothing to look for: the hot path asks this first.
    bool idle() const { return !(*m_drop | *m_delay | *m_hold | *m_corrupt); }

    // What happens to a frame that arrives on `side` of `link`. To corrupt it, `frame` is replaced by a
    // marked clone; to hold it, it is moved away.
    verdict judge(fc_link &link, unsigned side, frame_ref &frame);

    void reset();

private:
    struct held_frame {
        fc_link *link;
        unsigned side;
        frame_ref frame;
    };

    void add_frame_verbs();
    void add_link_verbs();
    void add_probes();
    fc_link *find_link(const model_fault &fault, std::string &why) const;
    model_fault *take(const unsigned *active, const char *verb, const fc_frame &frame, unsigned sender);
    void release(uint64_t handle);

    const model_context &m_context;
    const std::map<unsigned, fc_link *> m_links;
    const unsigned *m_drop, *m_delay, *m_hold, *m_corrupt;
    std::map<uint64_t, std::vector<held_frame>> m_held; // by handle of the control
};
