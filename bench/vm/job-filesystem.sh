# shellcheck shell=sh disable=SC2034,SC2154  # shared with job-lib.sh
# SPDX-License-Identifier: BSD-2-Clause
# (c) A file system on the namespace: made, filled, unmounted, checked, and the same after the controller has gone and
# come back.
usual_lines

attach
connect
modprobe ext4

step 'make it and fill it'
must 'mkfs.ext4, which discards the whole namespace' mkfs.ext4 -q "$ns"
must 'mount' mount -t ext4 "$ns" /mnt
must 'copy a tree' cp -a /usr/lib/modules /usr/share /mnt/
(cd /mnt && find modules share -type f -exec md5sum {} + | sort) >/tmp/sums
must 'the tree is not empty' test "$(wc -l </tmp/sums)" -gt 20
must 'unmount' umount /mnt
must 'fsck finds nothing' e2fsck -f -n "$ns"

step 'reconnect and compare'
must 'disconnect' nvme disconnect --nqn="$subsystem"
connect
must 'mount' mount -t ext4 "$ns" /mnt
must 'every file is as it was' sh -c 'cd /mnt && find modules share -type f -exec md5sum {} + | sort | cmp - /tmp/sums'
must 'remove some' rm -r /mnt/share
must 'trim' fstrim /mnt
must 'unmount' umount /mnt
must 'fsck finds nothing' e2fsck -f -n "$ns"
