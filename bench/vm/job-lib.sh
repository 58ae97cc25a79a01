# shellcheck shell=sh
# shellcheck disable=SC2034  # jobs use what is set here
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

# watch [types=A,B ...]: the host records these events of the trace until unwatch; seen REGEX: how many lines match.
watch() { host watch "$@"; }
unwatch() { host unwatch; }
seen() { host seen "$*"; }

# Of the namespace's file on the host (# backing: SIZE), in pages of 4096 bytes: its sha256; fill it with random bytes.
backing_sum() { host sum "$1" "$2"; }
backing_fill() { host fill "$1" "$2"; }
# Copies a part (from this page, so many bytes) to a file of that name beside the console's log.
backing_keep() { host keep "$1" "$2" "$3"; }

# --- the kernel log

# allow REGEX "reason": lines of warnings and errors that this job may cause.
allow() { printf '%s\n' "$1" >>/tmp/allowed; }

# Warnings and errors since the job began that nothing allows. Of a warning with registers and a stack only the line
# that names the place counts; the whole is in the console's log.
unexplained() {
    dmesg -r | sed -n '/slibench job begins/,$p' | sed '/cut here/,/end trace/{/WARNING:/!d}' |
        grep -E '^<[0-4]>' | sed 's/^<[0-9]*>//' | grep -vE '^\[[^]]*\] *$' | grep -vEf /tmp/allowed
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

# What stock lpfc always says, here as on silicon.
usual_lines() {
    allow 'lpfc .*:2574 IO channels: ' 'how many queues it made'
    allow 'lpfc .*:6468 Set host date / time: Status x0:' 'it succeeded'
    allow 'lpfc .*:6447 Dual Dump Mailbox .* failed' 'the port has no dump to offer'
    allow 'lpfc .*:1303 Link Up Event ' 'the link came up'
    allow 'lpfc .*:0545 lpfc_create_static_vport bad information header 0x0 0x0' \
        'region 16h of the flash is empty: nobody has configured static virtual ports'
    allow 'lpfc .*:2753 PLOGI (failure )?DID:FFFFFA Status:x9/x' 'this fabric has no management service (FDMI)'
    allow 'nvme[0-9]*n[0-9]*: No UUID available providing old NGUID' 'the namespace is named by its NGUID'
    case $(uname -r) in
    6.1.*) allow 'WARNING: .* blk_mq_release' 'this kernel, whatever the port: nvme-fc frees an admin queue it has not closed' ;;
    esac
    allow 'hrtimer: interrupt took [0-9]* ns' 'QEMU was kept waiting: the guest runs beside other work'
}

# What comes with it when a path is lost on purpose.
lines_of_a_lost_path() {
    allow 'nvme nvme[0-9]*: long keepalive RTT' 'a keep-alive was cut off; the kernel takes the time of one never sent'
    allow 'nvme nvme[0-9]*: failed nvme_keep_alive_end_io error=4' 'a keep-alive was cut off'
    allow 'nvme[0-9]*n[0-9]*: no usable path - requeuing I/O' 'multipath keeps I/O until a path is back'
    allow 'nvme_ns_head_submit_bio: [0-9]* callbacks suppressed' 'the same line, too often'
    allow 'NVME-FC.[0-9]*.: transport association event: transport detected io error' 'what was under way failed'
    allow 'NVME-FC.[0-9]*.: resetting controller' 'nvme-fc makes the association anew'
    allow 'lpfc .*: queue 0 connect admin queue failed .-6.' 'that new association was asked for before the link was seen down'
    allow 'lpfc .*:1305 Link Down Event ' 'the link went down'
    allow 'nvme nvme[0-9]*: NVME-FC.[0-9]*.: dev_loss_tmo .[0-9]*. expired' 'the job waits for that'
    allow 'rport-.*: blocked FC remote port time out: removing rport' 'the same, for the fabric services'
}

# --- the port and what is behind it

pci=0000:00:10.0
target=nn-0x20000090fab00001:pn-0x20010090fab00001
subsystem=nqn.2026-01.org.slibench:subsystem0

# host_of PCI: the name of its SCSI and FC host.
host_of() { basename "$(ls -d "/sys/bus/pci/devices/$1"/host*)" | grep .; }

# rports SCSI: "WWPN WWNN DID" of each NVMe remote port that is online.
rports() {
    sed -n 's/^NVME RPORT *WWPN x\([0-9a-f]*\) WWNN x\([0-9a-f]*\) DID x\([0-9a-f]*\) .*ONLINE.*/\1 \2 \3/p' \
        "$1/nvme_info"
}

rport_online() { rports "$1" | grep -q .; }

# attach [PARAMETER...]: loads lpfc and waits until it sees the target. Sets fc, scsi and host_traddr, as attached does
# for the function that pci names.
attach() {
    modprobe nvme-fc
    modprobe lpfc "$@"
    attached
}

attached() {
    wait_for 20 'an fc_host' host_of $pci
    fc=/sys/class/fc_host/$(host_of $pci)
    scsi=/sys/class/scsi_host/$(host_of $pci)
    wait_for 30 'an NVMe remote port' rport_online "$scsi"
    host_traddr=nn-$(cat "$fc/node_name"):pn-$(cat "$fc/port_name")
}

# nvme_fc COMMAND [OPTION...]: nvme-cli over this port to the target.
nvme_fc() {
    command=$1
    shift
    nvme "$command" --transport=fc --traddr=$target --host-traddr="$host_traddr" \
        --hostnqn=nqn.2026-01.org.slibench:guest --hostid=6d1c9a52-6b0e-4f0e-9a80-5d0f3c1b7a01 "$@"
}

# connect [OPTION...]: a controller of the subsystem. Sets ctrl and ns.
connect() {
    must 'connect' nvme_fc connect --nqn="$subsystem" "$@"
    connected
}

connected() {
    wait_for 20 'a controller that is live' live
    ctrl=$(controller)
    wait_for 20 'its namespace' namespace
    ns=$(namespace)
}

# The controller behind this function: QEMU's own may be there too, or that of another function.
controller() {
    for each in /sys/class/nvme/nvme*; do
        ! grep -q "host_traddr=$host_traddr" "$each/address" 2>/dev/null || basename "$each"
    done | grep .
}

# The namespace of the subsystem, whatever paths it has.
namespace() {
    for each in /sys/class/nvme-subsystem/*; do
        [ "$(cat "$each/subsysnqn")" != $subsystem ] || find "$each/" "$each"/nvme*/ -maxdepth 1 -name 'nvme*n1'
    done | sed 's|.*/|/dev/|' | grep 'nvme[0-9]*n1$'
}

live() { [ "$(cat "/sys/class/nvme/$(controller)/state")" = live ]; }
not_live() { ! live 2>/dev/null; }
no_controller() { ! controller >/dev/null; }

# --- verified I/O

# pass SEED [OPTION...]: writes the test area in random order and reads it back, checksums compared.
pass() {
    seed=$1
    shift
    fio --name=verify --filename="$ns" --direct=1 --ioengine=libaio --iodepth=32 --rw=randwrite --bsrange=4k-32k \
        --blockalign=4k --numjobs=2 --size=4m --offset_increment=4m --randseed="$seed" --verify=crc32c \
        --verify_fatal=1 --verify_state_save=0 --group_reporting --minimal --eta=never "$@" >>/tmp/fio.log 2>&1
}

# Verified I/O in the background, pass after pass, until stop_io.
start_io() {
    rm -f /tmp/io-stop /tmp/io-failed
    : >/tmp/io-passes
    (
        trap - EXIT
        seed=1
        until [ -e /tmp/io-stop ]; do
            pass $seed || {
                touch /tmp/io-failed
                break
            }
            echo "$seed" >>/tmp/io-passes
            seed=$((seed + 1))
        done
    ) &
    io=$!
}

io_passes() { wc -l </tmp/io-passes; }
passes_reached() { [ -e /tmp/io-failed ] || [ "$(io_passes)" -ge "$1" ]; }

# more_io "after what": a pass that began after now ends well.
more_io() {
    wait_for 90 "verified I/O goes on after $1" passes_reached $(($(io_passes) + 2))
    [ ! -e /tmp/io-failed ] || { tail -n 20 /tmp/fio.log; fail "I/O failed after $1"; }
}

stop_io() {
    touch /tmp/io-stop
    wait "$io"
    [ ! -e /tmp/io-failed ] || { tail -n 20 /tmp/fio.log; fail 'I/O failed'; }
    [ "$(io_passes)" -gt 0 ] || fail 'no pass was complete'
    reread
    echo "job:   ok: $(io_passes) passes, each verified"
}

# The data of the last pass, read once more.
reread() { must 'the data is still there' pass "$(tail -n 1 /tmp/io-passes)" --verify_only; }

# --- our own driver (# brings: slibench)

# hba "what" STATUS ARGUMENT...: slibench hba ends with that status. Its output is shown and left in /tmp/hba.
hba() {
    what=$1 wanted=$2 got=0
    shift 2
    slibench hba "$@" >/tmp/hba 2>&1 || got=$?
    sed 's/^/    /' /tmp/hba
    same "$what: exit status" $got "$wanted"
}

# says "what" REGEX: the last hba did.
says() { must "it says $1" grep -Eq "$2" /tmp/hba; }

driver_of() { basename "$(readlink "/sys/bus/pci/devices/$1/driver")" 2>/dev/null || true; }
state_files() { find /run/slibench -name '*.json' 2>/dev/null | wc -l; }
sha() { sha256sum "$1" | cut -d ' ' -f 1; }
space=$subsystem:1

# Kernel 7 warns of every reset that is asked for; it is asked for whenever a function is opened or closed.
allow_resets() { allow '(vfio-pci|pci) .*: reset(ting| done)$' 'our driver opens and closes the function'; }

# suite "what" ARGUMENT...: slibench run on the function, with its report in /tmp/report; leaves its lines in /tmp/run and
# shows those of what ran.
suite() {
    what=$1
    shift
    rm -rf /tmp/report
    slibench run --port pci:"$pci" --report /tmp/report "$@" >/tmp/run 2>&1 || { cat /tmp/run; fail "$what"; }
    grep -v '^not_run' /tmp/run | sed 's/^/    /'
}

# passed AREA: how many of the area did.
passed() { grep -c "^passed *$1\." /tmp/run || true; }

# hand_out FOLDER NAME: what the job leaves on the host, OUT/NAME.tar.gz: written to the namespace, from its 32nd MiB on.
hand_out() {
    tar -C "$1" -czf /tmp/out.gz .
    bytes=$(wc -c </tmp/out.gz)
    truncate -s $(((bytes + 4095) / 4096 * 4096)) /tmp/out.gz
    slibench hba write "$pci" --namespace "$space" --lba 65536 --file /tmp/out.gz --i-know-this-destroys-data 2>/dev/null
    must "$2 is on the host" backing_keep 8192 "$bytes" "$2.tar.gz"
}

# The controller is connected beyond discovery: nothing else is under way.
associated() { [ "$(host probe target.associations)" -ge 1 ]; }
ended() { [ ! -d "/proc/$1" ]; }

# lpfc 14.2 reads through a pointer of the aborted command after it has rung the doorbell for the abort and given its
# locks back, to name the command in a log line; the command's completion, already on its way, sets that pointer to NULL
# (later versions have no such line). How long the port takes is its own affair: here so long that the line is behind it.
late_aborts() {
    case $(uname -r) in
    6.1.*) ;;
    *) return 0 ;;
    esac
    port=0
    for vendor in /sys/bus/pci/devices/*/vendor; do
        [ "$(cat "$vendor")" = 0x10df ] || continue
        must "aborts of port $port take 0.2 s more" host abort.late port=$port ns=200000000
        port=$((port + 1))
    done
}

trap failed EXIT
stty raw -echo </dev/ttyS1
exec 3<>/dev/ttyS1
: >/tmp/allowed
echo '^$' >>/tmp/allowed
echo '<6>slibench job begins' >/dev/kmsg
late_aborts
