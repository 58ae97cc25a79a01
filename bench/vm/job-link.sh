# shellcheck shell=sh disable=SC2034,SC2154  # shared with job-lib.sh
# SPDX-License-Identifier: BSD-2-Clause
# (d) The fabric under verified I/O: the link bounces, an RSCN arrives, the target goes and comes back within
# dev_loss_tmo, and then beyond it.
# limit: 900
usual_lines
lines_of_a_lost_path

dev_loss=10
attach lpfc_devloss_tmo=$dev_loss
connect --keep-alive-tmo=5 --reconnect-delay=2
start_io
more_io 'connect'

step 'link bounce'
down=$(host link.down port=0)
wait_for 20 'the controller notices' not_live
host clear "$down"
wait_for 60 'the controller is live again' live
more_io 'a link bounce'

step 'RSCN'
before=$(host probe target.associations)
host fabric.rscn address=0x010200
more_io 'an RSCN'
must 'the controller stayed' live
same 'associations of the target' "$(host probe target.associations)" "$before"

step 'target gone for less than dev_loss_tmo'
gone=$(host target.gone)
wait_for 20 'the controller notices' not_live
sleep 1
must 'the controller is still there' controller
host clear "$gone"
wait_for 60 'the controller is live again' live
more_io 'the return of the target'
stop_io

step 'target gone for more than dev_loss_tmo'
gone=$(host target.gone)
wait_for $((dev_loss + 40)) 'the controller is given up' no_controller
host clear "$gone"
wait_for 60 'the remote port is back' rport_online "$scsi"
connect
reread
start_io
more_io 'a new connection'
stop_io
