# shellcheck shell=sh disable=SC2154  # shared with job-lib.sh
# SPDX-License-Identifier: BSD-2-Clause
# Without MSI-X: stock lpfc attaches and does verified I/O on the level of INTA#.
# limit: 200
usual_lines

interrupts() { sed -n 's/^ *[0-9]*: *\([0-9]*\) *\([0-9]*\) .*fasteoi.*lpfc.*/\1 \2/p' /proc/interrupts | awk '{ print $1 + $2 }'; }

step 'attach with lpfc_use_msi=0'
modprobe nvme-fc
modprobe lpfc lpfc_use_msi=0
attached
connect
before=$(interrupts)
must 'it has a level-triggered line' test -n "$before"

step 'verified writes'
must 'what was written comes back' fio --name=verify --filename="$ns" --direct=1 --ioengine=libaio --iodepth=8 \
    --rw=randwrite --bs=4k --size=4m --verify=crc32c --do_verify=1 --minimal --eta=never --output=/tmp/fio.log
must 'interrupts came on it' test "$(interrupts)" -gt "$before"
