# shellcheck shell=sh disable=SC2034,SC2154  # shared with job-lib.sh
# SPDX-License-Identifier: BSD-2-Clause
# What stock lpfc says to the port: attach, login, connect, one read, one write, one abort. The trace is left in
# watch.log; `slibench compare` holds it against what our driver says (docs/driver.md).
usual_lines
lines_of_a_lost_path

held() { [ "$(host probe target.held)" -ge 1 ]; }
trace_has() { [ "$(seen "$1")" -ge 1 ]; }

must 'record' watch --json types=MBX_REQUEST,WQE_FETCH,FRAME_TX port=0
modprobe nvme-core io_timeout=3
attach
connect --nr-io-queues=1
must 'one read' dd if="$ns" of=/tmp/data bs=4k count=1 iflag=direct
must 'one write' dd if=/tmp/data of="$ns" bs=4k count=1 oflag=direct
hold=$(host target.hold opcode=read count=1)
dd if="$ns" of=/tmp/data bs=4k count=1 iflag=direct 2>/tmp/dd.log &
reader=$!
wait_for 20 'the target holds a read' held
wait_for 60 'the port sends ABTS' trace_has '"data":"81'
host clear "$hold" || true # it may have used up its count
wait_for 60 'the read is repeated and ends' test ! -d /proc/$reader
wait_for 60 'its Disconnect Association is answered' trace_has '"data":"33'
must 'write down what was said' unwatch
