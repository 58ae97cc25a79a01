# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: BSD-2-Clause
# (a) Stock lpfc attaches: a host that is online, with the names and the speed of the port, and behind the switch an
# NVMe remote port.

step 'the PCI function'
same 'number of Emulex functions' "$(lspci -d 10df: | wc -l)" 1
same 'class' "$(cat /sys/bus/pci/devices/0000:00:10.0/class)" 0x0c0400

step 'load lpfc'
load_lpfc
wait_for 10 'an fc_host' host_of 0000:00:10.0
fc=/sys/class/fc_host/$(host_of 0000:00:10.0)
scsi=/sys/class/scsi_host/$(host_of 0000:00:10.0)
wait_for 20 'the port is online' grep -qx Online "$fc/port_state"

step 'what the port is'
same 'port name' "$(cat "$fc/port_name")" 0x10000090fa000001
same 'node name' "$(cat "$fc/node_name")" 0x20000090fa000001
same 'type' "$(cat "$fc/port_type")" 'NPort (fabric via point-to-point)'
same 'speed' "$(cat "$fc/speed")" '32 Gbit'
must 'the port has an address' grep -q '0x0*[1-9a-f]' "$fc/port_id"
must 'the port knows its fabric' grep -q '0x0*[1-9a-f]' "$fc/fabric_name"
must 'interrupts are MSI-X' grep -q 'PCI-MSI.*lpfc' /proc/interrupts

step 'the NVMe remote port'
wait_for 20 'an NVMe remote port' rport_online "$scsi"
cat "$scsi/nvme_info"
