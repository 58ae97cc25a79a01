# shellcheck shell=sh disable=SC2034,SC2154  # shared with job-lib.sh
# SPDX-License-Identifier: BSD-2-Clause
# (b) nvme discover and connect over FC, and what nvme-cli reads: list, identify, log pages, features.
usual_lines

# has "what" FILE REGEX
has() {
    grep -Eq "$3" "$2" || cat "$2"
    must "$1" grep -Eq "$3" "$2"
}

attach

step 'discover'
nvme_fc discover >/tmp/discover
has 'one record' /tmp/discover 'Discovery Log Number of Records 1'
has 'of this subsystem' /tmp/discover "subnqn: *$subsystem"
has 'over FC' /tmp/discover 'trtype: *fc'
has 'at this address' /tmp/discover "traddr: *$target"

step 'connect'
connect
same 'transport' "$(cat "/sys/class/nvme/$ctrl/transport")" fc
same 'number of queues' "$(cat "/sys/class/nvme/$ctrl/queue_count")" 3
must 'controller has a keep-alive' grep -qv '^0$' "/sys/class/nvme/$ctrl/kato"

step 'list'
nvme list >/tmp/list
has 'the namespace is listed' /tmp/list "^$ns .*slibench target"
nvme list-subsys >/tmp/subsys
has 'the path is live' /tmp/subsys "$ctrl fc traddr=$target.* live"

step 'identify'
nvme id-ctrl "/dev/$ctrl" >/tmp/id
has 'vendor' /tmp/id '^vid *: 0x10df$'
has 'subsystem' /tmp/id "^subnqn *: $subsystem"
has 'I/O command capsule' /tmp/id '^ioccsz *: 4$'
nvme id-ns "$ns" >/tmp/id-ns
has 'size' /tmp/id-ns '^nsze *: 0x80000$'
same 'size in sectors' "$(cat "/sys/block/${ns#/dev/}/size")" 524288
nvme list-ns "/dev/$ctrl" >/tmp/list-ns
has 'active namespaces' /tmp/list-ns '\[ *0\]:0x1'
nvme ns-descs "$ns" >/tmp/ns-descs
has 'identification' /tmp/ns-descs '^nguid *: 20000090fab000010000000000000001'

step 'log pages and features'
nvme smart-log "/dev/$ctrl" >/tmp/smart
has 'SMART: no warning' /tmp/smart '^critical_warning[[:space:]]*: 0$'
has 'SMART: temperature' /tmp/smart '^temperature[[:space:]]*: .*300 K'
nvme error-log "/dev/$ctrl" >/tmp/error-log
has 'error log' /tmp/error-log 'Error Log Entries'
nvme fw-log "/dev/$ctrl" >/tmp/fw-log
has 'firmware log' /tmp/fw-log 'frs1'
nvme effects-log "/dev/$ctrl" >/tmp/effects
has 'effects log' /tmp/effects 'Write'
nvme get-feature "/dev/$ctrl" -f 7 >/tmp/queues
has 'number of queues' /tmp/queues 'Current value: *0x0*f000f'

step 'disconnect'
nvme disconnect --nqn="$subsystem" >/tmp/disconnect
has 'disconnect' /tmp/disconnect 'disconnected 1 controller'
wait_for 10 'no controller is left' no_controller
same 'associations of the target' "$(host probe target.associations)" 0
