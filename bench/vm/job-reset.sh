# shellcheck shell=sh disable=SC2034,SC2154  # shared with job-lib.sh
# SPDX-License-Identifier: BSD-2-Clause
# (d) Resets: of the controller and of the board under verified I/O, of the function without a driver; the driver
# unloaded and loaded. The data is verified after each.
# limit: 900
usual_lines
lines_of_a_lost_path
allow 'nvme nvme[0-9]*: resetting controller' 'the job asks for it'
allow 'lpfc .*:3050 lpfc_board_mode set to o[nf]*line' 'the job asks for it'

attach
connect
start_io
more_io 'connect'

step 'controller reset under I/O'
must 'nvme reset' nvme reset "/dev/$ctrl"
wait_for 60 'the controller is live again' live
more_io 'a controller reset'

step 'board reset under I/O'
must 'watch the port' watch types=PORT_STATE
echo selective >"$scsi/issue_reset"
must 'the port was reset' test "$(seen 'hba0 .*reset')" -ge 1
unwatch
wait_for 60 'the remote port is back' rport_online "$scsi"
wait_for 60 'the controller is live again' live
more_io 'a board reset'
stop_io

step 'board off-line and on-line'
echo offline >"$scsi/board_mode"
same 'state' "$(cat "$scsi/board_mode")" offline
echo online >"$scsi/board_mode"
wait_for 60 'the remote port is back' rport_online "$scsi"
wait_for 60 'the controller is live again' live
reread

step 'unload and load'
must 'disconnect' nvme disconnect --nqn="$subsystem"
must 'unload' rmmod lpfc
same 'logins of the target' "$(host probe target.logins)" 0
attach
connect
reread

step 'function level reset'
must 'disconnect' nvme disconnect --nqn="$subsystem"
must 'unload' rmmod lpfc
must 'the function can do it' grep -q flr /sys/bus/pci/devices/"$pci"/reset_method
echo flr >/sys/bus/pci/devices/"$pci"/reset_method
echo 1 >/sys/bus/pci/devices/"$pci"/reset
attach
connect
reread
start_io
more_io 'all that'
stop_io
