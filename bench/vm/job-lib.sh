# shellcheck shell=sh
# SPDX-License-Identifier: BSD-2-Clause
# What every job of the guest may use. A job is a list of steps; the first command that fails ends it, and then the
# kernel log is shown. At the end the kernel log must hold nothing that the job has not allowed, with a reason.

step() { echo "job: [$(cut -d ' ' -f 1 /proc/uptime)] $*"; }

# The one way to fail with a reason.
fail() {
    echo "job: FAILED: $*"
    exit 1
}

# must "what" COMMAND...: a check with a sentence.
must() {
    what=$1
    shift
    "$@" || fail "$what: $* gave $?"
    echo "job:   ok: $what"
}

# same "what" GOT WANTED
same() {
    [ "$2" = "$3" ] || fail "$1 is '$2', wanted '$3'"
    echo "job:   ok: $1 is $2"
}

# wait_for SECONDS "what" COMMAND...: until COMMAND succeeds.
wait_for() {
    left=$(($1 * 10)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ $left -gt 0 ] || fail "not in time: $what"
        sleep 0.1
    done
    echo "job:   ok: $what"
}

# --- the host

# host WORDS...: asks the host for `slibench ctl ... WORDS`; prints its output, returns its status.
host() {
    echo "$*" >&3
    while read -r mark line <&3; do
        case $mark in
        '|') echo "$line" ;;
        =) return "$line" ;;
        *) fail "the host said '$mark $line' to '$*'" ;;
        esac
    done
    fail "the host does not answer '$*'"
}

# --- the kernel log

# allow REGEX "reason": lines of warnings and errors that this job may cause.
allow() { printf '%s\n' "$1" >>/tmp/allowed; }

# Warnings and errors since the job began that nothing allows; "cut here" begins a warning with a stack.
unexplained() {
    dmesg -r | sed -n '/slibench job begins/,$p' | grep -E '^<(0|1|2|3|4)>|cut here' | sed 's/^<[0-9]*>//' |
        grep -vEf /tmp/allowed
}

check_log() {
    ! unexplained >/tmp/unexplained || {
        cat /tmp/unexplained
        fail "$(wc -l </tmp/unexplained) lines of the kernel log are not explained"
    }
    echo 'job:   ok: the kernel log has no line that is not explained'
}

end_of_job() {
    check_log
    trap - EXIT
    step 'passed'
}

failed() {
    echo 'job: the end of the kernel log:'
    dmesg | tail -n 60
}

# --- the port and what is behind it

# load_lpfc [PARAMETER...]: the driver, and the remote ports of the default fabric.
load_lpfc() {
    modprobe nvme-fc
    modprobe lpfc "$@"
}

# host_of PCI: the name of its SCSI and FC host.
host_of() { basename "$(ls -d "/sys/bus/pci/devices/$1"/host*)" | grep .; }

# rports SCSI: "WWPN WWNN DID" of each NVMe remote port that is online.
rports() {
    sed -n 's/^NVME RPORT *WWPN x\([0-9a-f]*\) WWNN x\([0-9a-f]*\) DID x\([0-9a-f]*\) .*ONLINE.*/\1 \2 \3/p' \
        "$1/nvme_info"
}

rport_online() { rports "$1" | grep -q .; }

trap failed EXIT
stty raw -echo </dev/ttyS1
exec 3<>/dev/ttyS1
: >/tmp/allowed
echo '^$' >>/tmp/allowed
echo '<6>slibench job begins' >/dev/kmsg
