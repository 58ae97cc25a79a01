// SPDX-License-Identifier: BSD-2-Clause
// Fault controls of the links: "frame.*" (link_faults.cpp), "link.*" and its probes (cable_faults.cpp). One
// object for all links of a world.
//
// A frame is judged on the first hop only, so that a control acts once however many links the frame crosses.
// Whatever a control does, the buffer of the frame is given back at once, so that faults cost no credit, but for
// those that are about credit.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>
#include "rtl-model/context.h"
#include "rtl-model/fc/frame.h"
#include "rtl-model/timed_queue.h"

class fc_link;
class fc_link_side;

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
    bool idle() const
    {
        unsigned active = 0;
        for (const unsigned *count : m_active)
            active |= *count;
        return !active && m_overtaken.empty();
    }

    // What happens to a frame that arrives on `side` of `link`; its last word comes at `tail_ps`. To change it,
    // `frame` is replaced by a marked clone.
    verdict judge(fc_link &link, unsigned side, frame_ref &frame, uint64_t tail_ps);

    void reset();

private:
    // In the order in which they are asked.
    enum frame_verb {
        WATCH,
        DROP,
        HOLD,
        REORDER,
        DELAY,
        CORRUPT,
        EDIT,
        DUPLICATE,
        BIT_ERROR,
        LOSE_WORD,
        VERBS
    };

    struct held_frame {
        fc_link *link;
        unsigned side;
        frame_ref frame;
    };
    struct overtaken_frame {
        held_frame held;
        int64_t by; // frames that still have to pass
        uint64_t id;
    };

    void add_frame_verbs();
    void add_link_verbs();
    void add_credit_verbs();
    void add_word_verbs();
    void add_probes();
    void add_probe(const world_verb &probe, int64_t (*read)(fc_link_side &));
    fc_link *find_link(const model_fault &fault, std::string &why) const;
    fc_link_side *find_side(const model_fault &fault, std::string &why) const;
    model_fault *take(frame_verb verb, const fc_frame &frame, unsigned sender);
    void hit_words(fc_link &link, unsigned side, frame_ref &frame, unsigned sender);
    bool hold_back(fc_link &link, unsigned side, const frame_ref &frame, unsigned sender);
    void frame_passes(fc_link &link, unsigned side, uint64_t tail_ps);
    void release(uint64_t handle);
    void overtaking_ends(uint64_t id);

    const model_context &m_context;
    const std::map<unsigned, fc_link *> m_links;
    const unsigned *m_active[VERBS];
    std::map<uint64_t, std::vector<held_frame>> m_held; // by handle of the control
    std::vector<overtaken_frame> m_overtaken;
    timed_queue<uint64_t> m_patience; // ids of m_overtaken
    uint64_t m_last_id = 0;
};
