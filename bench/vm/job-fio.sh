# shellcheck shell=sh disable=SC2034,SC2154  # shared with job-lib.sh
# SPDX-License-Identifier: BSD-2-Clause
# (c) fio with checksums: random reads and writes mixed, sequential large ones, queue depth 32, a job a queue, and the
# data found again by another run.
usual_lines

attach
connect

# verified "what" OPTION...
verified() {
    what=$1
    shift
    must "$what" fio --name=verify --filename="$ns" --direct=1 --ioengine=libaio --verify=crc32c --verify_fatal=1 \
        --verify_state_save=0 --group_reporting --minimal --eta=never --output=/tmp/fio.log "$@"
}

step 'random, 4 KiB, queue depth 32, two jobs on two queues'
verified 'random reads and writes' --rw=randrw --bs=4k --iodepth=32 --numjobs=2 --cpus_allowed=0-1 \
    --cpus_allowed_policy=split --size=8m --offset_increment=8m
same 'I/O queues' "$(find "/sys/class/nvme/$ctrl/" -path '*n1/mq/*' -prune | wc -l)" 2
used() { awk -v n="$1" '/lpfc/ { if (k++ == n) { for (i = 2; i <= 3; i++) total += $i; print total; exit } }' /proc/interrupts; }
must 'both vectors were used' test "$(used 0)" -gt 100 -a "$(used 1)" -gt 100

step 'four jobs of mixed sizes'
verified 'reads and writes of 512 bytes to 128 KiB' --rw=randrw --bsrange=512-128k --blockalign=512 --iodepth=32 \
    --numjobs=4 --size=4m --offset_increment=4m --offset=32m

step 'large'
verified 'sequential writes of 1 MiB' --rw=write --bs=1m --iodepth=8 --size=32m --offset=64m
verified 'the same data, read by another process' --rw=write --bs=1m --iodepth=8 --size=32m --offset=64m --verify_only
verified 'synchronous writes that force the medium' --rw=randwrite --bs=4k --iodepth=1 --size=512k --fsync=8 \
    --offset=128m

must 'the target counted the writes' test "$(host probe target.bytes_written)" -gt 50331648
