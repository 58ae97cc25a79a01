# shellcheck shell=sh disable=SC2034,SC2154  # shared with job-lib.sh
# SPDX-License-Identifier: BSD-2-Clause
# (a) Stock lpfc attaches: a host that is online, with the names and the speed of the port, and behind the switch an
# NVMe remote port.
usual_lines

step 'the PCI function'
same 'number of Emulex functions' "$(lspci -d 10df: | wc -l)" 1
same 'its class' "$(cat /sys/bus/pci/devices/"$pci"/class)" 0x0c0400

step 'load lpfc'
must 'watch the mailbox' watch types=MBX_RESPONSE,NOTE,BREACH,LINK_STATE
attach
must 'the port answered mailbox commands' test "$(seen 'MBX_RESPONSE')" -ge 40
# Feature 1Eh, dual dump, which newer drivers ask for: this port has no dump to offer.
same 'mailbox commands that the port refused, dual dump aside' "$(seen 'MBX_RESPONSE .* status')" \
    "$(seen 'SET_FEATURES answer status 0x20000')"
unwatch

step 'what the port is'
same 'state' "$(cat "$fc/port_state")" Online
same 'port name' "$(cat "$fc/port_name")" 0x10000090fa000001
same 'node name' "$(cat "$fc/node_name")" 0x20000090fa000001
same 'type' "$(cat "$fc/port_type")" 'NPort (fabric via point-to-point)'
same 'speed' "$(cat "$fc/speed")" '32 Gbit'
must 'the port has an address' grep -q '0x0*[1-9a-f]' "$fc/port_id"
must 'the port knows its fabric' grep -q '0x0*[1-9a-f]' "$fc/fabric_name"
must 'interrupts are MSI-X' grep -q 'PCI-MSI.*lpfc' /proc/interrupts
must 'the model is the profile' grep -q 'LPe32000' "$scsi/modelname"

step 'the NVMe remote port'
same 'remote port' "$(rports "$scsi" | cut -d ' ' -f 1-2)" '20010090fab00001 20000090fab00001'
must 'it is a target' grep -q '^NVME RPORT.* TARGET .*ONLINE' "$scsi/nvme_info"

step 'unload lpfc'
must 'unload' rmmod lpfc
