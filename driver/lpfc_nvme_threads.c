/* SPDX-License-Identifier: BSD-2-Clause */
/* Hardware queues that submit, abort and reap in parallel (platform.h), for ThreadSanitizer. Writes TAP. */
#include <pthread.h>
#include <stdio.h>
#include "driver/lpfc_nvme_lanes.h"

static unsigned tests;

static void check(bool good, const char *sentence)
{
    printf("%s %u - %s\n", good ? "ok" : "not ok", ++tests, sentence);
}

static pthread_barrier_t together;

static void *run(void *lane)
{
    pthread_barrier_wait(&together);
    lane_run(lane);
    return NULL;
}

static void run_all(struct lanes *lanes)
{
    pthread_t thread[LANES_MAX];

    pthread_barrier_init(&together, NULL, lanes->count);
    for (unsigned i = 0; i < lanes->count; i++)
        pthread_create(&thread[i], NULL, run, &lanes->lane[i]);
    for (unsigned i = 0; i < lanes->count; i++)
        pthread_join(thread[i], NULL);
    pthread_barrier_destroy(&together);
}

static struct lanes *start(unsigned buffers, uint64_t goal, unsigned depth, unsigned abort_every)
{
    struct lanes *lanes = lanes_up(LANES_MAX, buffers);

    for (unsigned i = 0; i < LANES_MAX; i++) {
        lanes->lane[i].goal = goal;
        lanes->lane[i].depth = depth;
        lanes->lane[i].abort_every = abort_every;
    }
    run_all(lanes);
    return lanes;
}

static uint64_t sum(const struct lanes *lanes, size_t member)
{
    uint64_t total = 0;

    for (unsigned i = 0; i < lanes->count; i++)
        total += *(const uint64_t *)((const char *)&lanes->lane[i] + member);
    return total;
}

#define SUM(lanes, member) sum(lanes, offsetof(struct lane, member))

static bool every_lane_done(const struct lanes *lanes, uint64_t goal)
{
    for (unsigned i = 0; i < lanes->count; i++)
        if (lanes->lane[i].done != goal)
            return false;
    return true;
}

static void plenty_of_buffers(void)
{
    struct lanes *lanes = start(256, 5000, 16, 0);
    struct lpfc_counters counters;

    lpfc_hba_counters(lanes->hba, &counters);
    check(every_lane_done(lanes, 5000) && !SUM(lanes, wrong),
          "four queues in parallel end each request once");
    check(!SUM(lanes, failed), "all of them well");
    check(counters.fcp_rd == 20000 && counters.fcp_ersp == 20000 && counters.wcqe_unknown_tag == 0,
          "the counters of the queues add up");
    check(lpfc_nvme_pool_info(lanes->hba).free == 256, "every buffer is free again");
    check(lanes_down(lanes) == 0, "nothing is left");
}

static void few_buffers(void)
{
    struct lanes *lanes = start(24, 3000, 16, 0);
    struct lpfc_counters counters;

    lpfc_hba_counters(lanes->hba, &counters);
    check(every_lane_done(lanes, 3000) && !SUM(lanes, wrong) && !SUM(lanes, failed),
          "with fewer buffers than requests every queue goes on");
    check(counters.noxri == SUM(lanes, busy), "each refusal was for want of a buffer");
    check(lpfc_nvme_pool_info(lanes->hba).free == 24, "buffers that went to other queues are not lost");
    check(lanes_down(lanes) == 0, "nothing is left");
}

static void aborts(void)
{
    struct lanes *lanes = start(600, 1000, 16, 9);
    struct lpfc_counters counters;

    lpfc_hba_counters(lanes->hba, &counters);
    check(every_lane_done(lanes, 1000) && !SUM(lanes, wrong), "aborts in parallel end each request once");
    check(counters.abort_xmt == SUM(lanes, aborts) && SUM(lanes, aborts) == 444, "each abort was issued");
    check(counters.xri_aborted == counters.xb && counters.xri_aborted_unknown == 0,
          "each busy exchange ended by XRI_ABORTED");
    lanes_service(lanes);
    check(lpfc_nvme_pool_info(lanes->hba).free == 600, "after one service round every buffer is free");
    check(lanes_down(lanes) == 0, "nothing is left");
}

int main(void)
{
    plenty_of_buffers();
    few_buffers();
    aborts();
    printf("1..%u\n", tests);
    return 0;
}
