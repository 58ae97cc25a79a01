# shellcheck shell=sh disable=SC2034,SC2154  # shared with job-lib.sh
# SPDX-License-Identifier: BSD-2-Clause
# Our own driver on a PCI function that a real kernel enumerates: libpci, vfio-pci, the IOMMU and MSI-X are the
# kernel's.
# limit: 900
# iommu: yes
# brings: slibench
# backing: 64m
usual_lines

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

modprobe vfio_iommu_type1
modprobe vfio-pci

step 'what is there'
hba 'list' 0 list
says 'the name, that it is free, its group' '^0000:00:10.0 +10df:e300 LPe32000-M2 +no driver group [0-9]+ +supported$'
hba 'list as JSON' 0 list --json
says 'SLI_INTF' '"sli_intf": "0xc0002c40"'
says 'the group' '"iommu_group": [0-9]+,?$'
says 'the lockdown' '"lockdown": "none"'

step 'info'
hba 'info' 0 info $pci
says 'the firmware' '^firmware +14\.0\.639\.20'
says 'the names' '^names +WWPN 10000090fa000001, WWNN 20000090fa000001$'
says 'that it has interrupts' ' [1-9][0-9]* interrupt vectors in use$'
says 'that the link is up' '^link +up, 32 Gbit/s$'
same 'driver after it' "$(driver_of $pci)" ''
same 'state files after it' "$(state_files)" 0

step 'discover'
hba 'discover' 0 discover $pci
says 'the fabric login' 'FLOGI accepted: fabric, N_Port ID 010100'
says 'the target' 'WWPN 20010090fab00001: logged in as NVMe target.*registered with the transport'

sha() { sha256sum "$1" | cut -d ' ' -f 1; }
space=$subsystem:1

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

# What ran on the function, by area: from the lines of slibench run.
passed() { grep -c "^passed *$1\." /tmp/run || true; }

step 'the suite on the function'
slibench run --port pci:"$pci" --report /tmp/report --namespace "$space" --i-know-this-destroys-data \
    queue io ls abts xri reset >/tmp/run 2>&1 || { cat /tmp/run; fail 'the suite'; }
grep -v '^not_run' /tmp/run | sed 's/^/    /'
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
slibench run --port pci:"$pci" --report /tmp/report2 io.read_back_what_was_written ls >/tmp/run 2>&1 ||
    { cat /tmp/run; fail 'the suite, read only'; }
must 'nothing is written without leave' grep -q '^not_run *io.read_back.*lacks destroys.data' /tmp/run
