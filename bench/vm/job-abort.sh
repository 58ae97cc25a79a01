# shellcheck shell=sh disable=SC2034,SC2154  # shared with job-lib.sh
# SPDX-License-Identifier: BSD-2-Clause
# (d) A command that the target holds: the kernel's time-out aborts it. ABTS, BA_ACC and XRI_ABORTED are seen, the
# association is made anew, the command is repeated, and the data is right.
# limit: 900
usual_lines
lines_of_a_lost_path

held() { [ "$(host probe target.held)" -ge 1 ]; }
trace_has() { [ "$(seen "$1")" -ge 1 ]; }

modprobe nvme-core io_timeout=3
attach
connect
start_io
more_io 'connect'
stop_io

step 'a held read'
must 'watch the link' watch types=FRAME_TX,CQE_WRITE
aborted=$(host probe target.aborted)
hold=$(host target.hold opcode=read count=1)
dd if="$ns" of=/tmp/data bs=4k count=1 iflag=direct 2>/tmp/dd.log &
reader=$!
wait_for 20 'the target holds it' held
wait_for 30 'the port sends ABTS' trace_has 'hba0 .*ABTS'
wait_for 10 'the target answers with BA_ACC' trace_has 'target0 .*BA_ACC'
wait_for 10 'the port gives the XRI back' trace_has 'XRI_ABORTED'
host clear "$hold" || true # it may have used up its count
wait_for 60 'the controller is live' live
must 'the read is repeated and ends well' wait $reader
unwatch
must 'the target counted the abort' test "$(host probe target.aborted)" -gt "$aborted"
same 'exchanges of the target that are open, four event requests and no command' "$(host probe target.held)" 0

step 'after it'
reread
start_io
more_io 'the abort'
stop_io
