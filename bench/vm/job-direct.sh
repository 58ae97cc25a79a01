# shellcheck shell=sh disable=SC2034,SC2154  # shared with job-lib.sh
# SPDX-License-Identifier: BSD-2-Clause
# Our own driver on a PCI function of a machine without an IOMMU (--unsafe-no-iommu): its BARs through sysfs, huge pages
# under their physical addresses, polled.
# limit: 600
# brings: slibench
# backing: 64m
usual_lines
allow_resets
unsafe=--unsafe-no-iommu
memory=/dev/hugepages/slibench-$pci

# Nothing of the first line is there yet: each refusal, until the next thing is.
step 'refusals'
hba 'without saying so' 3 check $pci
says 'that there is no IOMMU' 'it is in no IOMMU group'
hba 'saying so' 3 check $pci $unsafe
says 'what the lockdown is' 'whether the kernel is locked down cannot be read: mount -t securityfs'
says 'what memory it wants' 'no hugetlbfs with pages of 2 MiB is mounted'
says 'how much of it' '0 huge pages of 2 MiB are free, 32 are needed'
mount -t securityfs securityfs /sys/kernel/security
mkdir -p /dev/hugepages
mount -t hugetlbfs -o pagesize=2M hugetlbfs /dev/hugepages
echo 31 >/proc/sys/vm/nr_hugepages
hba 'one page too few' 3 info $pci $unsafe
says 'so' '31 huge pages of 2 MiB are free, 32 are needed'
echo 32 >/proc/sys/vm/nr_hugepages
unshare -U slibench hba check $pci $unsafe >/tmp/hba 2>&1 && fail 'it can be taken without CAP_SYS_ADMIN'
sed 's/^/    /' /tmp/hba
says 'that it wants root' 'does not tell physical addresses .*CAP_SYS_ADMIN'
hba 'with all of it' 0 check $pci $unsafe
free_pages() { cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages; }

step 'info, discover'
hba 'info' 0 info $pci $unsafe
says 'the warning' '^WARNING: .* without an IOMMU'
says 'the firmware' '^firmware +14\.0\.639\.20'
says 'that it polls' ' 0 interrupt vectors in use$'
says 'that the link is up' '^link +up, 32 Gbit/s$'
same 'driver after it' "$(driver_of $pci)" ''
same 'state files after it' "$(state_files)" 0
must 'its memory is gone' test ! -e "$memory"
same 'free huge pages after it' "$(free_pages)" 32
hba 'discover' 0 discover $pci $unsafe
says 'the target' 'WWPN 20010090fab00001: logged in as NVMe target.*registered with the transport'

step 'NVMe: data'
backing_fill 16 256
hba 'read what the host wrote' 0 read $pci $unsafe --namespace "$space" --lba 128 --blocks 2048 --file /tmp/read
same 'sha256 of it' "$(sha /tmp/read)" "$(backing_sum 16 256)"
dd if=/dev/urandom of=/tmp/write bs=4096 count=333 2>/dev/null
hba 'write' 0 write $pci $unsafe --namespace "$space" --lba 8192 --file /tmp/write --i-know-this-destroys-data
same 'sha256 of it on the host' "$(backing_sum 1024 333)" "$(sha /tmp/write)"
hba 'reads' 0 bench $pci $unsafe --namespace "$space" --depth 8 --count 1000

step 'the suite on the function'
suite 'some of it' $unsafe --namespace "$space" --i-know-this-destroys-data \
    queue.full_wq_goes_on queue.releases_in_order io.read_back_what_was_written io.what_one_read_takes ls abts xri \
    reset.asked_for_by_the_host
for area in queue io ls abts xri; do
    must "at least two of $area passed" test "$(passed $area)" -ge 2
done
must 'and a reset' test "$(passed reset)" -ge 1
same 'free huge pages after it' "$(free_pages)" 32

step 'killed, and restored'
slibench hba bench $pci $unsafe --namespace "$space" --count 1000000 >/tmp/bench 2>&1 &
runner=$!
wait_for 60 'it is connected' associated
kill -KILL $runner
wait_for 60 'it ends' ended $runner
same 'free huge pages after SIGKILL: they stay its own' "$(free_pages)" 0
must 'it is bus master still' test "$(setpci -s $pci COMMAND)" = 0006
modprobe nvme-fc
modprobe lpfc
same 'a driver that is loaded meanwhile gets' "$(driver_of $pci)" ''
hba 'info before it' 3 info $pci $unsafe
says 'what is to be done' 'a run with 0000:00:10.0 was killed: slibench hba restore'
hba 'restore' 0 restore
says 'what it did' '^0000:00:10.0 is back with its driver$'
same 'its command register: bus master' $((0x$(setpci -s $pci COMMAND) & 4)) 0
same 'free huge pages' "$(free_pages)" 32
same 'state files' "$(state_files)" 0

step 'lpfc holds it'
echo $pci >/sys/bus/pci/drivers_probe
attached
hba 'info' 3 info $pci $unsafe
says 'who' 'kernel driver lpfc holds it: --unbind'
connect
hba 'info --unbind' 3 info $pci $unsafe --unbind
says 'the controller' 'NVMe controller nvme[0-9]+ is connected through it'
must 'disconnect' nvme disconnect --nqn="$subsystem"
hba 'info --unbind' 0 info $pci $unsafe --unbind
same 'driver after it' "$(driver_of $pci)" lpfc
attached

step 'a kernel that is locked down'
echo integrity >/sys/kernel/security/lockdown
allow 'Lockdown: ' 'the kernel tells what it refuses'
hba 'check' 3 check $pci $unsafe --unbind
says 'why' 'the kernel is locked down \(integrity\)'
same 'driver after it' "$(driver_of $pci)" lpfc
hba 'list as JSON' 0 list --json
says 'the lockdown' '"lockdown": "integrity"'
