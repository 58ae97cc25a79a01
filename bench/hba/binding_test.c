/* SPDX-License-Identifier: BSD-2-Clause */
/* Handing a function to vfio-pci and back, on a machine in a temporary folder. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "bench/hba/binding.h"
#include "bench/hba/fake_machine.h"
#include "bench/hba/no_iommu.h"

static const char hba[] = "0000:00:10.0";
static const struct hba_places *machine;
static char error[HBA_ERROR_BYTES], told[HBA_ERROR_BYTES];
static int lock;

static void begin(void)
{
    machine = fake_machine_begin();
}
TestSuite(hba_binding, .init = begin, .fini = fake_machine_end);

static bool state_file(void)
{
    char path[HBA_PATH_BYTES];

    snprintf(path, sizeof path, "%s/%s.json", machine->state, hba);
    return access(path, F_OK) == 0;
}

static void tell(void *context, const char *bdf, const char *why)
{
    (void)context;
    snprintf(told, sizeof told, "%s: %.300s", bdf, why ? why : "back");
}

Test(hba_binding, goes_to_vfio_and_back_to_the_driver_of_before)
{
    fake_machine_function(hba, 0x10df, 0xe300, "lpfc", 7, 0);
    cr_assert(hba_take(machine, hba, NULL, &lock, error), "%s", error);
    cr_assert_str_eq(fake_machine_driver(hba), "vfio-pci");
    cr_assert(state_file());
    cr_assert(hba_give_back(machine, hba, lock, error), "%s", error);
    cr_assert_str_eq(fake_machine_driver(hba), "lpfc");
    cr_assert_not(state_file());
}

Test(hba_binding, of_a_function_without_driver_leaves_it_without)
{
    fake_machine_function(hba, 0x10df, 0xe300, NULL, 7, 0);
    cr_assert(hba_take(machine, hba, NULL, &lock, error), "%s", error);
    cr_assert(hba_give_back(machine, hba, lock, error), "%s", error);
    cr_assert_str_eq(fake_machine_driver(hba), "");
}

Test(hba_binding, that_somebody_else_made_is_left_alone)
{
    fake_machine_function(hba, 0x10df, 0xe300, "vfio-pci", 7, 0);
    cr_assert(hba_take(machine, hba, NULL, &lock, error), "%s", error);
    cr_assert_not(state_file());
    cr_assert(hba_give_back(machine, hba, lock, error), "%s", error);
    cr_assert_str_eq(fake_machine_driver(hba), "vfio-pci");
}

Test(hba_binding, that_fails_is_undone)
{
    fake_machine_function(hba, 0x10df, 0xe300, "lpfc", 7, 0);
    fake_machine_deaf();
    cr_assert_not(hba_take(machine, hba, NULL, &lock, error));
    cr_assert_not_null(strstr(error, "modprobe vfio-pci"));
    cr_assert_str_eq(fake_machine_driver(hba), "lpfc");
    cr_assert_not(state_file());
}

/* A process that ends closes what it holds, and leaves the rest as it is. */
static void kill_the_run(void)
{
    close(lock);
    lock = -1;
}

Test(hba_binding, is_not_taken_twice)
{
    int second;

    fake_machine_function(hba, 0x10df, 0xe300, "lpfc", 7, 0);
    cr_assert(hba_take(machine, hba, NULL, &lock, error), "%s", error);
    cr_assert_not(hba_take(machine, hba, NULL, &second, error));
    cr_assert_str_eq(error, "0000:00:10.0 is in use by another slibench");
    cr_assert_eq(second, -1);
    cr_assert(hba_give_back(machine, hba, second, error), "nothing of its own to give back");
    cr_assert_str_eq(fake_machine_driver(hba), "vfio-pci", "the first run keeps it");
}

Test(hba_binding, is_restored_after_a_kill)
{
    fake_machine_function(hba, 0x10df, 0xe300, "lpfc", 7, 0);
    cr_assert(hba_take(machine, hba, NULL, &lock, error), "%s", error);
    kill_the_run();
    cr_assert_eq(hba_restore_all(machine, tell, NULL), 0);
    cr_assert_str_eq(told, "0000:00:10.0: back");
    cr_assert_str_eq(fake_machine_driver(hba), "lpfc");
    told[0] = 0;
    cr_assert_eq(hba_restore_all(machine, tell, NULL), 0);
    cr_assert_str_eq(told, "", "a second restore has nothing to do");
}

Test(hba_binding, is_not_restored_beneath_a_run)
{
    fake_machine_function(hba, 0x10df, 0xe300, "lpfc", 7, 0);
    cr_assert(hba_take(machine, hba, NULL, &lock, error), "%s", error);
    cr_assert_eq(hba_restore_all(machine, tell, NULL), 1);
    cr_assert_str_eq(told, "0000:00:10.0: 0000:00:10.0 is in use by another slibench");
    cr_assert_str_eq(fake_machine_driver(hba), "vfio-pci");
}

Test(hba_binding, after_a_kill_the_next_run_gives_it_back)
{
    fake_machine_function(hba, 0x10df, 0xe300, "lpfc", 7, 0);
    cr_assert(hba_take(machine, hba, NULL, &lock, error), "%s", error);
    kill_the_run();
    cr_assert(hba_take(machine, hba, NULL, &lock, error), "%s", error);
    cr_assert(hba_give_back(machine, hba, lock, error), "%s", error);
    cr_assert_str_eq(fake_machine_driver(hba), "lpfc");
}

/* Killed between unbind and probe: nobody holds it, and only the state file knows who did. */
Test(hba_binding, after_a_kill_midway_wants_a_restore_first)
{
    fake_machine_function(hba, 0x10df, 0xe300, "lpfc", 7, 0);
    cr_assert(hba_take(machine, hba, NULL, &lock, error), "%s", error);
    kill_the_run();
    fake_machine_function(hba, 0x10df, 0xe300, NULL, 7, 0);
    cr_assert_not(hba_take(machine, hba, NULL, &lock, error));
    cr_assert_not_null(strstr(error, "slibench hba restore"));
    cr_assert_eq(hba_restore_all(machine, tell, NULL), 0);
    cr_assert_str_eq(fake_machine_driver(hba), "lpfc");
}

/* ---- without an IOMMU ---- */

static char memory[HBA_PATH_BYTES];

static void take_without_iommu(const char *driver)
{
    fake_machine_function(hba, 0x10df, 0xe300, driver, -1, 0);
    fake_machine_huge_pages(32, &lock);
    cr_assert(hba_memory_file(machine, hba, memory));
    cr_assert_str_eq(strrchr(memory, '/'), "/slibench-0000:00:10.0");
    cr_assert(hba_take(machine, hba, memory, &lock, error), "%s", error);
}

Test(hba_binding, without_an_iommu_is_to_nobody_and_back)
{
    take_without_iommu("lpfc");
    cr_assert_str_eq(fake_machine_driver(hba), "");
    cr_assert(hba_give_back(machine, hba, lock, error), "%s", error);
    cr_assert_str_eq(fake_machine_driver(hba), "lpfc");
    cr_assert_not(state_file());
}

Test(hba_binding, without_an_iommu_keeps_other_drivers_off)
{
    take_without_iommu(NULL);
    cr_assert(fake_machine_has("sys/bus/pci/devices/0000:00:10.0/driver_override"));
    char line[32] = "", path[HBA_PATH_BYTES];
    snprintf(path, sizeof path, "%s/bus/pci/devices/%s/driver_override", machine->sys, hba);
    FILE *f = fopen(path, "r");
    cr_assert(f && fgets(line, sizeof line, f) && !fclose(f));
    cr_assert_str_eq(line, "slibench");
    cr_assert(hba_give_back(machine, hba, lock, error), "%s", error);
}

/* It was bus master, and its memory is there: both are of the run that was killed. */
Test(hba_binding, after_a_kill_without_an_iommu_stops_it_before_its_memory_goes)
{
    char path[HBA_PATH_BYTES];
    const uint8_t command[2] = {6, 0};

    take_without_iommu("lpfc");
    fake_machine_file("huge/slibench-0000:00:10.0", "pages");
    snprintf(path, sizeof path, "%s/bus/pci/devices/%s/config", machine->sys, hba);
    FILE *f = fopen(path, "r+");
    cr_assert(f && !fseek(f, 4, SEEK_SET) && fwrite(command, 2, 1, f) == 1 && !fclose(f));
    kill_the_run();
    cr_assert_eq(fake_machine_command(hba), 6);
    cr_assert_eq(hba_restore_all(machine, tell, NULL), 0, "%s", told);
    cr_assert_eq(fake_machine_command(hba), 2);
    cr_assert_not(fake_machine_has("huge/slibench-0000:00:10.0"));
    cr_assert_str_eq(fake_machine_driver(hba), "lpfc");
}

Test(hba_binding, that_cannot_stop_it_keeps_its_memory)
{
    char path[HBA_PATH_BYTES];

    take_without_iommu(NULL);
    fake_machine_file("huge/slibench-0000:00:10.0", "pages");
    kill_the_run();
    snprintf(path, sizeof path, "%s/bus/pci/devices/%s/config", machine->sys, hba);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(hba_restore_all(machine, tell, NULL), 1);
    cr_assert(fake_machine_has("huge/slibench-0000:00:10.0"));
    cr_assert(state_file());
}

Test(hba_binding, does_not_remove_what_a_damaged_state_file_names)
{
    fake_machine_function(hba, 0x10df, 0xe300, NULL, -1, 0);
    fake_machine_file("precious", "data");
    char text[256];
    snprintf(text, sizeof text, "{\"bdf\": \"%s\", \"driver\": \"\", \"memory\": \"%.64s/../precious\"}", hba,
             machine->sys);
    fake_machine_file("state/0000:00:10.0.json", text);
    cr_assert_eq(hba_restore_all(machine, tell, NULL), 1);
    cr_assert_not_null(strstr(told, "by hand"), "%s", told);
    cr_assert(fake_machine_has("precious"));
}

Test(hba_binding, does_not_believe_a_damaged_state_file)
{
    static const char *const texts[] = {"", "{", "{\"bdf\": \"0000:00:10.0\", \"driver\": \"../../x\"}",
                                        "{\"bdf\": \"0000:00:11.0\", \"driver\": \"lpfc\"}",
                                        "{\"bdf\": 7, \"driver\": \"lpfc\"}"};

    fake_machine_function(hba, 0x10df, 0xe300, "vfio-pci", 7, 0);
    for (unsigned i = 0; i < sizeof texts / sizeof *texts; i++) {
        fake_machine_file("state/0000:00:10.0.json", texts[i]);
        cr_assert_eq(hba_restore_all(machine, tell, NULL), 1);
        cr_assert_not_null(strstr(told, "by hand"), "%s", told);
        cr_assert_str_eq(fake_machine_driver(hba), "vfio-pci");
        cr_assert(state_file());
    }
}
