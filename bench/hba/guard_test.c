/* SPDX-License-Identifier: BSD-2-Clause */
/* Which HBAs are there, and when one may be taken: on a machine in a temporary folder. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bench/hba/fake_machine.h"
#include "bench/hba/guard.h"

static const char hba[] = "0000:00:10.0";
static const struct hba_places *machine;
static struct hba_refusals refusals;

static void begin(void)
{
    machine = fake_machine_begin();
}

/* An idle E300 in a group of its own: nothing is in the way. */
static void idle_hba(void)
{
    fake_machine_function(hba, 0x10df, 0xe300, NULL, 7, 0);
}

static size_t guarded(struct hba_guard_options options)
{
    hba_guard(machine, hba, &options, &refusals);
    return refusals.count;
}

/* One of the refusals has this reason and says this. */
static bool refused(enum hba_reason reason, const char *text)
{
    for (size_t i = 0; i < refusals.count; i++)
        if (refusals.items[i].reason == reason && strstr(refusals.items[i].text, text))
            return true;
    return false;
}

TestSuite(hba_inventory, .init = begin, .fini = fake_machine_end);
TestSuite(hba_guard, .init = begin, .fini = fake_machine_end);

Test(hba_inventory, names_what_it_finds_in_order)
{
    struct hba_list list;
    char error[HBA_ERROR_BYTES];

    fake_machine_function("0000:81:00.1", 0x10df, 0xf400, "lpfc", 9, 0xc0006d40);
    fake_machine_function("0000:00:03.0", 0x8086, 0x1533, "igb", 2, 0);
    fake_machine_function(hba, 0x10df, 0xe300, "lpfc", 7, 0);
    fake_machine_function("0000:00:12.0", 0x10df, 0xf100, NULL, -1, 0);
    fake_machine_function("0000:00:13.0", 0x10df, 0x1234, NULL, -1, 0);
    cr_assert(hba_inventory(machine, &list, error), "%s", error);
    cr_assert_eq(list.count, 4);
    cr_assert_str_eq(list.items[0].bdf, "0000:00:10.0");
    cr_assert_str_eq(list.items[0].name, "LPe32002-M2");
    cr_assert_str_eq(list.items[0].driver, "lpfc");
    cr_assert_eq(list.items[0].sli_intf, 0xc0002c40);
    cr_assert_eq(list.items[0].revision, 3);
    cr_assert_eq(list.items[0].iommu_group, 7);
    cr_assert_eq(list.items[0].support, HBA_SUPPORTED);
    cr_assert_eq(list.items[1].support, HBA_SLI3);
    cr_assert_eq(list.items[1].iommu_group, -1);
    cr_assert_str_eq(list.items[1].driver, "");
    cr_assert_eq(list.items[2].support, HBA_UNKNOWN);
    cr_assert_str_eq(list.items[3].bdf, "0000:81:00.1");
    cr_assert_eq(list.items[3].support, HBA_IF_TYPE_6);
    hba_list_free(&list);
}

Test(hba_inventory, of_a_machine_without_pci_says_where_it_looked)
{
    struct hba_places none = {"/nowhere", "/proc", "/nowhere", NULL};
    struct hba_list list;
    char error[HBA_ERROR_BYTES];

    cr_assert_not(hba_inventory(&none, &list, error));
    cr_assert_not_null(strstr(error, "/nowhere/bus/pci"));
}

Test(hba_inventory, takes_only_pci_addresses_for_names)
{
    cr_assert(hba_is_bdf("0000:3b:00.1"));
    cr_assert_not(hba_is_bdf("3b:00.1"));
    cr_assert_not(hba_is_bdf("0000:3B:00.1"));
    cr_assert_not(hba_is_bdf("../../../etc"));
    cr_assert_not(hba_is_bdf("0000:3b:00.1/.."));
    cr_assert_not(hba_is_bdf(""));
}

Test(hba_guard, lets_an_idle_hba_go)
{
    idle_hba();
    cr_assert_eq(guarded((struct hba_guard_options){0}), 0, "%s", refusals.items[0].text);
}

Test(hba_guard, refuses_what_is_not_there)
{
    idle_hba();
    hba_guard(machine, "0000:00:1f.0", &(struct hba_guard_options){0}, &refusals);
    cr_assert(refused(HBA_NOT_FOUND, "0000:00:1f.0"));
    hba_guard(machine, "10", &(struct hba_guard_options){0}, &refusals);
    cr_assert(refused(HBA_NOT_FOUND, "looks like"));
}

Test(hba_guard, refuses_hardware_that_the_driver_does_not_know)
{
    fake_machine_function(hba, 0x10df, 0xf100, NULL, 7, 0);
    cr_assert_eq(guarded((struct hba_guard_options){0}), 1);
    cr_assert(refused(HBA_NOT_SUPPORTED, "SLI-3"));
}

Test(hba_guard, refuses_a_function_that_is_gone)
{
    char ones[257];

    fake_machine_function(hba, 0x10df, 0xe300, "vfio-pci", 7, 0);
    memset(ones, 0xff, 256);
    ones[256] = 0;
    fake_machine_file("sys/bus/pci/devices/0000:00:10.0/config", ones);
    guarded((struct hba_guard_options){0});
    cr_assert(refused(HBA_GONE, "it is gone"));
}

/* Beyond 64 bytes the kernel shows configuration space to root only. */
Test(hba_guard, without_root_wants_it_bound_to_vfio_already)
{
    fake_machine_function(hba, 0x10df, 0xe300, NULL, 7, UINT32_MAX);
    cr_assert_eq(guarded((struct hba_guard_options){0}), 1);
    cr_assert(refused(HBA_GONE, "that wants root"));
    fake_machine_function(hba, 0x10df, 0xe300, "vfio-pci", 7, UINT32_MAX);
    cr_assert_eq(guarded((struct hba_guard_options){0}), 0, "%s", refusals.items[0].text);
}

Test(hba_guard, refuses_a_bound_driver_unless_it_may_be_taken_off)
{
    fake_machine_function(hba, 0x10df, 0xe300, "lpfc", 7, 0);
    cr_assert_eq(guarded((struct hba_guard_options){0}), 1);
    cr_assert(refused(HBA_DRIVER_BOUND, "lpfc"));
    cr_assert_eq(guarded((struct hba_guard_options){.unbind = true}), 0);
    fake_machine_function(hba, 0x10df, 0xe300, "vfio-pci", 7, 0);
    cr_assert_eq(guarded((struct hba_guard_options){0}), 0);
}

Test(hba_guard, refuses_a_disk_even_if_nobody_uses_it)
{
    fake_machine_function(hba, 0x10df, 0xe300, "lpfc", 7, 0);
    fake_machine_disk(hba, "sda");
    cr_assert_eq(guarded((struct hba_guard_options){.unbind = true}), 1);
    cr_assert(refused(HBA_DISK_BEHIND, "disk sda"));
}

Test(hba_guard, does_not_mind_the_disks_of_others)
{
    idle_hba();
    fake_machine_disk("0000:00:1f.2", "sda");
    fake_machine_file("proc/self/mountinfo", "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
    cr_assert_eq(guarded((struct hba_guard_options){0}), 0);
}

Test(hba_guard, tells_where_a_partition_is_mounted)
{
    idle_hba();
    fake_machine_disk(hba, "sda");
    fake_machine_file("proc/self/mountinfo", "21 1 0:5 / / rw - ext4 /dev/vda rw\n"
                                             "36 21 8:1 / /srv/data rw - ext4 /dev/sda1 rw\n");
    guarded((struct hba_guard_options){.unbind = true});
    cr_assert(refused(HBA_DISK_BEHIND, "sda1 is mounted at /srv/data"));
}

Test(hba_guard, tells_of_swap)
{
    idle_hba();
    fake_machine_disk(hba, "sda");
    fake_machine_file("proc/swaps", "Filename Type Size Used Priority\n/dev/sda1 partition 1024 0 -2\n");
    guarded((struct hba_guard_options){.unbind = true});
    cr_assert(refused(HBA_DISK_BEHIND, "sda1 is used as swap"));
}

Test(hba_guard, follows_multipath_and_lvm_to_what_is_mounted)
{
    idle_hba();
    fake_machine_disk(hba, "sda");
    fake_machine_file("sys/devices/pci0000:00/0000:00:10.0/host2/block/sda/holders/dm-0", "");
    fake_machine_file("sys/devices/virtual/block/dm-0/dev", "253:0\n");
    fake_machine_file("sys/devices/virtual/block/dm-0/dm/name", "mpatha\n");
    fake_machine_file("sys/devices/virtual/block/dm-0/holders/dm-1", "");
    fake_machine_link("sys/class/block/dm-0", "../../devices/virtual/block/dm-0");
    fake_machine_file("sys/devices/virtual/block/dm-1/dev", "253:1\n");
    fake_machine_file("sys/devices/virtual/block/dm-1/dm/name", "vg-root\n");
    fake_machine_link("sys/class/block/dm-1", "../../devices/virtual/block/dm-1");
    fake_machine_file("proc/self/mountinfo", "36 21 253:1 / /home rw - ext4 /dev/dm-1 rw\n");
    guarded((struct hba_guard_options){.unbind = true});
    cr_assert(refused(HBA_DISK_BEHIND, "sda is part of dm-0 (mpatha)"));
    cr_assert(refused(HBA_DISK_BEHIND, "sda is part of dm-1 (vg-root)"));
    cr_assert(refused(HBA_DISK_BEHIND, "dm-1 is mounted at /home"));
}

/* NVMe over FC: the controller is a virtual device; only its host_traddr names the HBA's port. */
static void nvme_controller(const char *port_name)
{
    char text[160];

    fake_machine_function(hba, 0x10df, 0xe300, "lpfc", 7, 0);
    fake_machine_file("sys/bus/pci/devices/0000:00:10.0/host3/fc_host/host3/port_name",
                      "0x10000090fa000001\n");
    fake_machine_file("sys/class/nvme/nvme0/transport", "fc\n");
    snprintf(text, sizeof text,
             "traddr=nn-0x20000090fab00001:pn-0x20010090fab00001,host_traddr=nn-0x20000090fa000001:pn-0x%s\n",
             port_name);
    fake_machine_file("sys/class/nvme/nvme0/address", text);
    fake_machine_file("sys/class/nvme/nvme0/nvme0c0n1/size", "1024\n");
    fake_machine_file("sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/dev", "259:0\n");
    fake_machine_link("sys/class/block/nvme0n1", "../../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1");
}

Test(hba_guard, finds_nvme_disks_by_the_port_name_of_the_hba)
{
    nvme_controller("10000090fa000001");
    fake_machine_file("proc/self/mountinfo", "36 21 259:0 / /mnt rw - ext4 /dev/nvme0n1 rw\n");
    guarded((struct hba_guard_options){.unbind = true});
    cr_assert(refused(HBA_DISK_BEHIND, "NVMe controller nvme0"));
    cr_assert(refused(HBA_DISK_BEHIND, "disk nvme0n1"));
    cr_assert(refused(HBA_DISK_BEHIND, "nvme0n1 is mounted at /mnt"));
}

Test(hba_guard, does_not_mind_nvme_through_another_hba)
{
    nvme_controller("10000090fa000099");
    cr_assert_eq(guarded((struct hba_guard_options){.unbind = true}), 0);
}

Test(hba_guard, refuses_when_the_port_name_cannot_be_read)
{
    nvme_controller("10000090fa000099");
    fake_machine_file("sys/bus/pci/devices/0000:00:10.0/host3/fc_host/host3/port_name", "");
    guarded((struct hba_guard_options){.unbind = true});
    cr_assert(refused(HBA_DISK_BEHIND, "port name"));
}

Test(hba_guard, refuses_a_group_that_others_use)
{
    idle_hba();
    fake_machine_function("0000:00:10.1", 0x8086, 0x1533, "igb", 7, 0);
    fake_machine_function("0000:00:10.2", 0x8086, 0x1901, "pcieport", 7, 0);
    fake_machine_function("0000:00:10.3", 0x8086, 0x1234, NULL, 7, 0);
    cr_assert_eq(guarded((struct hba_guard_options){.unbind = true}), 1);
    cr_assert(refused(HBA_GROUP_SHARED, "0000:00:10.1"));
}

Test(hba_guard, refuses_without_an_iommu)
{
    fake_machine_function(hba, 0x10df, 0xe300, NULL, -1, 0);
    cr_assert_eq(guarded((struct hba_guard_options){0}), 1);
    cr_assert(refused(HBA_NO_IOMMU, "IOMMU"));
}

/* ---- --unsafe-no-iommu ---- */

static const struct hba_guard_options unsafe = {.no_iommu = true};

/* Without an IOMMU, but with all that is needed then. */
static void machine_without_iommu(const char *driver)
{
    fake_machine_function(hba, 0x10df, 0xe300, driver, -1, 0);
    fake_machine_huge_pages(32, &refusals);
}

Test(hba_guard, lets_an_idle_hba_go_without_an_iommu_if_told)
{
    machine_without_iommu(NULL);
    cr_assert_eq(guarded(unsafe), 0, "%s", refusals.items[0].text);
}

Test(hba_guard, does_not_go_past_an_iommu)
{
    machine_without_iommu(NULL);
    idle_hba();
    cr_assert_eq(guarded(unsafe), 1);
    cr_assert(refused(HBA_HAS_IOMMU, "group 7"));
}

Test(hba_guard, refuses_a_kernel_that_is_locked_down)
{
    machine_without_iommu(NULL);
    fake_machine_file("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
    cr_assert_eq(guarded(unsafe), 1);
    cr_assert(refused(HBA_LOCKED_DOWN, "integrity"));
    fake_machine_file("sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
    cr_assert_eq(guarded(unsafe), 0);
    fake_machine_file("sys/kernel/security/lockdown", "");
    cr_assert_eq(guarded(unsafe), 1, "what cannot be read counts as locked down");
}

Test(hba_guard, refuses_when_the_security_file_system_is_not_mounted)
{
    machine_without_iommu(NULL);
    fake_machine_file("sys/kernel/security/.keep", "");
    cr_assert_eq(guarded(unsafe), 1);
    cr_assert(refused(HBA_LOCKED_DOWN, "mount -t securityfs"));
    fake_machine_file("sys/kernel/security/lsm", "capability\n");
    cr_assert_eq(guarded(unsafe), 0, "mounted, and this kernel has no lockdown");
}

Test(hba_guard, refuses_when_the_kernel_tells_no_physical_address)
{
    machine_without_iommu(NULL);
    fake_machine_file("proc/self/pagemap", "");
    cr_assert_eq(guarded(unsafe), 1);
    cr_assert(refused(HBA_NO_PHYSICAL, "CAP_SYS_ADMIN"));
}

Test(hba_guard, refuses_without_huge_pages)
{
    machine_without_iommu(NULL);
    fake_machine_huge_pages(31, &refusals);
    cr_assert_eq(guarded(unsafe), 1);
    cr_assert(refused(HBA_NO_HUGE_PAGES, "31 huge pages of 2 MiB are free, 32 are needed"));
    fake_machine_file("huge/slibench-0000:00:10.0", "");
    cr_assert_eq(guarded(unsafe), 0, "a killed run has them: they are had back");
}

Test(hba_guard, refuses_without_a_file_system_of_huge_pages)
{
    machine_without_iommu(NULL);
    fake_machine_file("proc/self/mountinfo",
                      "31 21 0:31 / /dev/hugepages rw - hugetlbfs none rw,pagesize=1024M\n");
    cr_assert_eq(guarded(unsafe), 1);
    cr_assert(refused(HBA_NO_HUGE_PAGES, "mount -t hugetlbfs"));
}

Test(hba_guard, minds_the_driver_and_the_disks_without_an_iommu_too)
{
    machine_without_iommu("lpfc");
    cr_assert_eq(guarded(unsafe), 1);
    cr_assert(refused(HBA_DRIVER_BOUND, "lpfc"));
    cr_assert_eq(guarded((struct hba_guard_options){.no_iommu = true, .unbind = true}), 0);
    fake_machine_disk(hba, "sda");
    cr_assert_eq(guarded((struct hba_guard_options){.no_iommu = true, .unbind = true}), 1);
    cr_assert(refused(HBA_DISK_BEHIND, "disk sda"));
    machine_without_iommu("vfio-pci");
    guarded(unsafe);
    cr_assert(refused(HBA_DRIVER_BOUND, "vfio-pci"));
}
