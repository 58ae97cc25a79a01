/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs N reads of 4 KiB with ERSP through one hardware queue and prints nothing: for counting the driver's
 * instructions (docs/driver.md, Cost).
 *
 *   valgrind --tool=callgrind build/release/driver/lpfc_nvme_cost N [DEPTH] */
#include <stdlib.h>
#include "driver/lpfc_nvme_lanes.h"

int main(int argc, char **argv)
{
    struct lanes *lanes = lanes_up(1, 256);

    lanes->lane[0].goal = argc > 1 ? strtoull(argv[1], NULL, 0) : 10000;
    lanes->lane[0].depth = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : 16;
    if (lanes->lane[0].depth > LANE_REQUESTS)
        return 2;
    lane_run(&lanes->lane[0]);
    return lanes_down(lanes) != 0;
}
