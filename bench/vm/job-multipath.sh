# shellcheck shell=sh disable=SC2034,SC2154  # shared with job-lib.sh
# SPDX-License-Identifier: BSD-2-Clause
# (e) Two HBAs on one fabric and native multipath: one namespace with two paths. Under verified I/O the first path is
# lost and comes back, then the second.
# ports: 2
# limit: 900
usual_lines
lines_of_a_lost_path
# Each port is a remote port of the other (010100 and 010200; the target is 010300). Both log in at once, and again after
# each loss; what crosses is given up, retried on an RPI that is gone, or answered in another state than it was sent.
allow 'lpfc .*:275[345] (PLOGI|PRLI|ADISC) (failure )?DID:010[12]00 Status:x3/x(103|4)' 'logins of the two ports cross'
allow 'lpfc .*:0271 Illegal State Transition: node x10[12]00 ' 'the same (kernel 7)'

# on PCI COMMAND...: the command for this function.
on() {
    pci=$1
    shift
    fc=/sys/class/fc_host/$(host_of "$pci")
    scsi=/sys/class/scsi_host/$(host_of "$pci")
    host_traddr=nn-$(cat "$fc/node_name"):pn-$(cat "$fc/port_name")
    "$@"
}
port_name() { cat "$fc/port_name"; }
first=0000:00:10.0 second=0000:00:11.0

attach
pci=$second
attached
must 'the ports have names of their own' test "$(on $first port_name)" != "$(on $second port_name)"

step 'two paths to one namespace'
on $first connect
on $second connect
same 'namespaces' "$(namespace | wc -l)" 1
same 'paths' "$(find /sys/class/nvme/nvme*/ -maxdepth 1 -name 'nvme*c*n1' | wc -l)" 2
start_io
more_io 'connect'

for port in 0 1; do
    step "path $port is lost"
    if [ $port = 0 ]; then lost=$first other=$second; else lost=$second other=$first; fi
    down=$(host link.down port=$port)
    on $lost wait_for 20 'its controller notices' not_live
    on $other must 'the other path is live' live
    more_io "path $port was lost"
    step "path $port comes back"
    host clear "$down" || host link.up port=$port
    on $lost wait_for 60 'its controller is live again' live
    more_io "path $port is back"
done
stop_io
