# shellcheck shell=sh disable=SC2034,SC2154  # shared with job-lib.sh
# SPDX-License-Identifier: BSD-2-Clause
# Our own driver on a PCI function that a real kernel enumerates: libpci, vfio-pci, the IOMMU and MSI-X are the
# kernel's.
# limit: 900
# iommu: yes
# ports: 2
# neighbour: 16M
# brings: slibench
# backing: 64m
usual_lines
allow_resets

modprobe vfio_iommu_type1
modprobe vfio-pci
mount -t securityfs securityfs /sys/kernel/security

step 'what is there'
hba 'list' 0 list
says 'the name, that it is free, its group' '^0000:00:10.0 +10df:e300 LPe32000-M2 +no driver group [0-9]+ +supported$'
hba 'list as JSON' 0 list --json
says 'SLI_INTF' '"sli_intf": "0xc0002c40"'
says 'the group' '"iommu_group": [0-9]+,?$'
says 'the lockdown' '"lockdown": "none"'

step 'a group with another device in it'
modprobe nvme
neighbour_works() { [ "$(driver_of 0000:00:11.1)" = nvme ]; }
wait_for 20 'the other device works' neighbour_works
hba 'check' 3 check 0000:00:11.0
says 'who is in the way' '0000:00:11.1 is in the same IOMMU group and is used by driver nvme'
hba 'info --unbind' 3 info 0000:00:11.0 --unbind
same 'driver of the other' "$(driver_of 0000:00:11.1)" nvme
echo 0000:00:11.1 >/sys/bus/pci/drivers/nvme/unbind
hba 'check, when nobody uses it' 0 check 0000:00:11.0
echo nobody >/sys/bus/pci/devices/0000:00:11.0/driver_override # it has done its part: lpfc shall not take it

step 'info'
hba 'info' 0 info $pci
says 'the firmware' '^firmware +14\.0\.639\.20'
says 'the names' '^names +WWPN 10000090fa000001, WWNN 20000090fa000001$'
says 'that it has interrupts' ' [1-9][0-9]* interrupt vectors in use$'
says 'that the link is up' '^link +up, 32 Gbit/s$'
same 'driver after it' "$(driver_of $pci)" ''
same 'state files after it' "$(state_files)" 0

step 'without root: bound to vfio-pci before'
unprivileged() { (ulimit -l 102400 && exec unshare -U slibench hba "$@") >/tmp/hba 2>&1; }
unprivileged check $pci && fail 'it can be taken from nobody without root'
says 'that this wants root' 'SLI_INTF .* that wants root'
echo vfio-pci >/sys/bus/pci/devices/$pci/driver_override
echo $pci >/sys/bus/pci/drivers_probe
must 'info' unprivileged info $pci
says 'the firmware' '^firmware +14\.0\.639\.20'
same 'driver after it' "$(driver_of $pci)" vfio-pci
echo $pci >/sys/bus/pci/drivers/vfio-pci/unbind
echo >/sys/bus/pci/devices/$pci/driver_override

step 'discover'
hba 'discover' 0 discover $pci
says 'the fabric login' 'FLOGI accepted: fabric, N_Port ID 010100'
says 'the target' 'WWPN 20010090fab00001: logged in as NVMe target.*registered with the transport'
reject=$(host target.els_reject els=prli reason=11 explanation=44)
hba 'discover a target that rejects PRLI' 1 discover $pci
says 'why it is not there' 'PRLI rejected: command not supported \(0b\), request not supported \(2c\)'
host clear "$reject" >/dev/null

step 'NVMe: identify'
hba 'the subsystems' 0 identify $pci
says 'the subsystem' "$subsystem at $target"
hba 'the namespace' 0 identify $pci --namespace "$space"
says 'the namespace' '^namespace +1: 131072 blocks of 512 bytes$'

step 'NVMe: data'
backing_fill 16 256
hba 'read what the host wrote' 0 read $pci --namespace "$space" --lba 128 --blocks 2048 --file /tmp/read
same 'sha256 of it' "$(sha /tmp/read)" "$(backing_sum 16 256)"
dd if=/dev/urandom of=/tmp/write bs=4096 count=333 2>/dev/null
hba 'write without saying so' 2 write $pci --namespace "$space" --file /tmp/write
says 'what it wants' 'wants --i-know-this-destroys-data'
hba 'write' 0 write $pci --namespace "$space" --lba 8192 --file /tmp/write --i-know-this-destroys-data
same 'sha256 of it on the host' "$(backing_sum 1024 333)" "$(sha /tmp/write)"
hba 'read it back, polled' 0 read $pci --namespace "$space" --lba 8192 --blocks 2664 --file /tmp/read --polled
same 'sha256 of it' "$(sha /tmp/read)" "$(sha /tmp/write)"
hba 'read beyond the end' 1 read $pci --namespace "$space" --lba 131071 --blocks 2 --file /tmp/read
says 'why' 'namespace 1 has 131072'
hba 'a namespace that is not there' 1 identify $pci --namespace "$subsystem:7"
hba 'a subsystem that is not there' 1 identify $pci --namespace nqn.2026-01.org.slibench:none:1
says 'why' 'target 20010090fab00001: Connect'

step 'NVMe: figures'
for way in '' --polled; do
    hba "reads $way" 0 bench $pci --namespace "$space" --depth 8 --count 2000 $way
    sed -n 's/^rate  *\([0-9]*\) a second.*/job: figure: rate'"${way#-}"' = \1 reads of 4096 bytes a second, emulated/p' /tmp/hba
done

step 'the suite on the function'
suite 'the suite' --namespace "$space" --i-know-this-destroys-data queue io ls abts xri reset
for area in queue io ls abts xri reset; do
    must "at least two of $area passed, without a fault" test "$(passed $area)" -ge 2
done
must 'what was not run says what it lacks' test "$(grep -c '^not_run' /tmp/run)" = \
    "$(grep -c '^not_run.*: this port lacks [a-z0-9.]*$' /tmp/run)"
tr -d ' \n' </tmp/report/records/xri.fewer_than_commands-1.json >/tmp/record
in_record() { must "the report says $1" grep -q "$2" /tmp/record; }
in_record 'that the ledger was active' '"rules":"XRI-REUSEXRI-UNPOSTED[^"]*","active":true'
in_record 'that the rules of frames were not' '"name":"frames","rules":"[^"]*","active":false'
in_record 'where it ran' '"port":"pci","link":"real"'
in_record 'on what' '"model":"LPe32000-M2","firmware":"14.0.639.20"'
hand_out /tmp/report pci-report
slibench run --port pci:"$pci" --report /tmp/report2 io.read_back_what_was_written >/tmp/run 2>&1 ||
    { cat /tmp/run; fail 'the suite, read only'; }
must 'nothing is written without leave' grep -q '^not_run *io.read_back.*lacks destroys.data' /tmp/run

step 'a capture, beside the model'
hba 'capture' 0 capture $pci --namespace "$space" --report /tmp/capture
for event in REG_READ REG_WRITE DOORBELL WQE_POST CQE_TAKE MBX_REQUEST INTERRUPT; do
    must "it has $event" grep -q "\"$event\"" /tmp/capture/traces/io.what_one_read_takes-1.jsonl
done
slibench run --trace --report /tmp/model io.what_one_read_takes >/tmp/run 2>&1 || { cat /tmp/run; fail 'the model'; }
hash_in() { sed -n 's/^ *"driver_objects": "\([0-9a-f]*\)",$/\1/p' "$1/results.json" | grep .; }
hand_out /tmp/capture pci-capture
same 'hash of the driver, in process and here' "$(hash_in /tmp/model)" "$(hash_in /tmp/capture)"
got=0
slibench report --compare /tmp/model /tmp/capture >/tmp/compare 2>&1 || got=$?
sed 's/^/    /' /tmp/compare
must 'the comparison could be made' test $got -le 1

# --- what the host does to it

# A scenario of this job alone: the fault comes from the host meanwhile.
mkdir -p /tmp/scenarios/reset
cp /slibench/scenarios/requirements.lua /tmp/scenarios
cat >/tmp/scenarios/reset/recovers.lua <<'LUA'
scenario {
  purpose = "A recoverable port error, which somebody else causes, is recovered",
  run = function(t)
    local ctrl = t:connect { reconnect_delay_ms = 100 }
    t:expect(t:wait_until(function() return t.hba:counters().els_rcv > 0 end, 60000000), "a request of the target")
    t:expect(t:wait_until(function() return t.hba:counters().resets == 1 end, 60000000), "a reset")
    t:expect(ctrl:wait_state("live", 60000000), "the controller lives again")
    t:expect_equal(ctrl:read { lba = 0, blocks = 8 }:wait().status, "ok", "a read afterwards")
  end,
}
LUA

step 'a port error with reset needed'
slibench hba capture "$pci" reset.recovers --scenarios /tmp/scenarios --namespace "$space" --report /tmp/report3 >/tmp/run 2>&1 &
runner=$!
sleep 4
wait_for 60 'it is connected' associated
host target.adisc >/dev/null
sleep 1
host port.error rn=true >/dev/null
wait $runner || { cat /tmp/run; fail 'the port error was not recovered'; }
must 'it is recovered' grep -q '^passed *reset.recovers' /tmp/run
must 'the capture has the frame that came' grep -q '"FRAME_RX".*"from":"driver".*"s_id":66[0-9]*' \
    /tmp/report3/traces/reset.recovers-1.jsonl

step 'a read that the target holds'
must 'watch the link' watch types=FRAME_TX,CQE_WRITE
hold=$(host target.hold opcode=read count=1)
hba 'read' 1 read $pci --namespace "$space" --blocks 8 --file /tmp/read --timeout 2
says 'why' 'read of 8 blocks at 0: Connection timed out'
must 'the port sent ABTS' test "$(seen 'hba0 .*ABTS')" -ge 1
must 'the target answered' test "$(seen 'target0 .*BA_ACC')" -ge 1
must 'the port gave the XRI back' test "$(seen 'XRI_ABORTED')" -ge 1
unwatch
host clear "$hold" >/dev/null || true # it may have used up its count
hba 'the same read once more' 0 read $pci --namespace "$space" --blocks 8 --file /tmp/read

step 'a port that is gone'
allow 'vfio-pci .*: not ready [0-9]*ms after FLR' 'the kernel waits for it to come back'
allow 'vfio-pci .*: timed out waiting for pending transaction' 'the same'
allow 'vfio-pci .*: Unable to change power state from D.* device inaccessible' 'the same, kernel 7'
allow 'vfio-pci .*: Device config space inaccessible; unable to ' 'the same, kernel 7'
slibench hba bench $pci --namespace "$space" --count 1000000 >/tmp/hba 2>&1 &
runner=$!
sleep 4
wait_for 60 'it is connected' associated
gone=$(host port.gone port=0)
wait_for 60 'it says so' grep -Eq 'the HBA is offline: .*gone' /tmp/hba
# The kernel resets a function that is given back, and waits up to 65 s for one that is gone.
sleep 3
host clear "$gone" >/dev/null
wait_for 120 'it ends' ended $runner
got=0
wait $runner || got=$?
sed 's/^/    /' /tmp/hba
same 'exit status' $got 1
hba 'info, when it is back' 0 info $pci

# --- what a stock lpfc has is left alone

step 'lpfc holds it'
attach
hba 'check' 3 check $pci
says 'who' 'kernel driver lpfc holds it: --unbind'
hba 'info' 3 info $pci
same 'driver after it' "$(driver_of $pci)" lpfc
connect
modprobe ext4
must 'a file system' mkfs.ext4 -q "$ns"
must 'mounted' mount -t ext4 "$ns" /mnt
echo here >/mnt/file
hba 'info --unbind' 3 info $pci --unbind
says 'the controller' 'NVMe controller nvme[0-9]+ is connected through it'
says 'the mount' 'is mounted at /mnt: unmount it first'
same 'driver after it' "$(driver_of $pci)" lpfc
same 'the file' "$(cat /mnt/file)" here
must 'unmount' umount /mnt
must 'disconnect' nvme disconnect --nqn="$subsystem"
hba 'info --unbind' 0 info $pci --unbind
same 'driver after it' "$(driver_of $pci)" lpfc
same 'state files after it' "$(state_files)" 0

step 'killed, and restored'
on_vfio() { [ "$(driver_of $pci)" = vfio-pci ]; }
begin() {
    slibench hba bench $pci --unbind --namespace "$space" --count 1000000 >/tmp/bench 2>&1 &
    runner=$!
    wait_for 60 'it is taken' on_vfio
    wait_for 60 'it is connected' associated
}
begin
hba 'restore beneath it' 3 restore
says 'why not' 'is in use by another slibench'
kill -TERM $runner
wait_for 60 'it ends' ended $runner
same 'driver after SIGTERM' "$(driver_of $pci)" lpfc
begin
kill -KILL $runner
wait_for 60 'it ends' ended $runner
same 'state files after SIGKILL' "$(state_files)" 1
hba 'restore' 0 restore
says 'what it did' '^0000:00:10.0 is back with its driver$'
same 'driver after it' "$(driver_of $pci)" lpfc
same 'state files after it' "$(state_files)" 0
attached
