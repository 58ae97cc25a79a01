# shellcheck shell=sh disable=SC2034,SC2154  # shared with job-lib.sh
# SPDX-License-Identifier: BSD-2-Clause
# Figures: how long a register read takes, how soon the namespace is there, 4 KiB random reads through our port and
# through QEMU's own NVMe device in the same guest. docs/guest.md says what they mean; nothing here judges them.
# limit: 300
# disk: 256M
# trace: no
usual_lines

# uptime in hundredths of a second
now() { cut -d ' ' -f 1 /proc/uptime | tr -d .; }

# seconds HUNDREDTHS
seconds() { awk -v n="$1" 'BEGIN { printf "%.2f", n / 100 }'; }

figure() { echo "job: figure: $1 = $2 $3"; }

# iops DEVICE DEPTH: of 4 KiB random reads over 10 seconds.
iops() {
    fio --name=read --filename="$1" --direct=1 --ioengine=libaio --iodepth="$2" --rw=randread --bs=4k --size=64m \
        --time_based --runtime=10 --ramp_time=2 --minimal --eta=never | cut -d ';' -f 8 | head -n 1
}

namespace_of_qemu() {
    for each in /sys/class/nvme/nvme*; do
        [ "$(cat "$each/transport" 2>/dev/null)" != pcie ] || find "$each/" -maxdepth 1 -name 'nvme*n1'
    done | sed 's|.*/|/dev/|; s|c[0-9]*n1|n1|' | grep .
}

step 'register read'
setpci -s "${pci#0000:}" COMMAND=0006
figure mmio_read "$(mmio-read /sys/bus/pci/devices/"$pci"/resource0 0x404 20000)" ns

step 'attach'
modprobe nvme-fc
modprobe nvme
begun=$(now)
modprobe lpfc
until rport_online /sys/class/scsi_host/host0 2>/dev/null; do sleep 0.02; done
figure modprobe_to_remote_port "$(seconds $(($(now) - begun)))" s
attached
connecting=$(now)
connect
figure connect_to_namespace "$(seconds $(($(now) - connecting)))" s
figure modprobe_to_namespace "$(seconds $(($(now) - begun)))" s

step 'random reads'
wait_for 10 "QEMU's device" namespace_of_qemu
own=$(namespace_of_qemu)
for device in "$ns" "$own"; do
    must "fill $device" fio --name=fill --filename="$device" --direct=1 --ioengine=libaio --iodepth=4 --rw=write \
        --bs=128k --size=64m --minimal --eta=never --output=/tmp/fio.log
done
for depth in 1 32; do
    ours=$(iops "$ns" $depth)
    theirs=$(iops "$own" $depth)
    figure "port_read_4k_qd$depth" "$ours" IOPS
    figure "qemu_nvme_read_4k_qd$depth" "$theirs" IOPS
    figure "ratio_qd$depth" "$(awk -v a="$ours" -v b="$theirs" 'BEGIN { printf "%.2f", a / b }')" ''
done
