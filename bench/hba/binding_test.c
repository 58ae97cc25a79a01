/* SPDX-License-Identifier: BSD-2-Clause */
/* Handing a function to vfio-pci and back, on a machine in a temporary folder. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "bench/hba/binding.h"
#include "bench/hba/fake_machine.h"

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
    cr_assert(hba_take(machine, hba, &lock, error), "%s", error);
    cr_assert_str_eq(fake_machine_driver(hba), "vfio-pci");
    cr_assert(state_file());
    cr_assert(hba_give_back(machine, hba, lock, error), "%s", error);
    cr_assert_str_eq(fake_machine_driver(hba), "lpfc");
    cr_assert_not(state_file());
}

Test(hba_binding, of_a_function_without_driver_leaves_it_without)
{
    fake_machine_function(hba, 0x10df, 0xe300, NULL, 7, 0);
    cr_assert(hba_take(machine, hba, &lock, error), "%s", error);
    cr_assert(hba_give_back(machine, hba, lock, error), "%s", error);
    cr_assert_str_eq(fake_machine_driver(hba), "");
}

Test(hba_binding, that_somebody_else_made_is_left_alone)
{
    fake_machine_function(hba, 0x10df, 0xe300, "vfio-pci", 7, 0);
    cr_assert(hba_take(machine, hba, &lock, error), "%s", error);
    cr_assert_not(state_file());
    cr_assert(hba_give_back(machine, hba, lock, error), "%s", error);
    cr_assert_str_eq(fake_machine_driver(hba), "vfio-pci");
}

Test(hba_binding, that_fails_is_undone)
{
    fake_machine_function(hba, 0x10df, 0xe300, "lpfc", 7, 0);
    fake_machine_deaf();
    cr_assert_not(hba_take(machine, hba, &lock, error));
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
    cr_assert(hba_take(machine, hba, &lock, error), "%s", error);
    cr_assert_not(hba_take(machine, hba, &second, error));
    cr_assert_str_eq(error, "0000:00:10.0 is in use by another slibench");
    cr_assert_eq(second, -1);
    cr_assert(hba_give_back(machine, hba, second, error), "nothing of its own to give back");
    cr_assert_str_eq(fake_machine_driver(hba), "vfio-pci", "the first run keeps it");
}

Test(hba_binding, is_restored_after_a_kill)
{
    fake_machine_function(hba, 0x10df, 0xe300, "lpfc", 7, 0);
    cr_assert(hba_take(machine, hba, &lock, error), "%s", error);
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
    cr_assert(hba_take(machine, hba, &lock, error), "%s", error);
    cr_assert_eq(hba_restore_all(machine, tell, NULL), 1);
    cr_assert_str_eq(told, "0000:00:10.0: 0000:00:10.0 is in use by another slibench");
    cr_assert_str_eq(fake_machine_driver(hba), "vfio-pci");
}

Test(hba_binding, after_a_kill_the_next_run_gives_it_back)
{
    fake_machine_function(hba, 0x10df, 0xe300, "lpfc", 7, 0);
    cr_assert(hba_take(machine, hba, &lock, error), "%s", error);
    kill_the_run();
    cr_assert(hba_take(machine, hba, &lock, error), "%s", error);
    cr_assert(hba_give_back(machine, hba, lock, error), "%s", error);
    cr_assert_str_eq(fake_machine_driver(hba), "lpfc");
}

/* Killed between unbind and probe: nobody holds it, and only the state file knows who did. */
Test(hba_binding, after_a_kill_midway_wants_a_restore_first)
{
    fake_machine_function(hba, 0x10df, 0xe300, "lpfc", 7, 0);
    cr_assert(hba_take(machine, hba, &lock, error), "%s", error);
    kill_the_run();
    fake_machine_function(hba, 0x10df, 0xe300, NULL, 7, 0);
    cr_assert_not(hba_take(machine, hba, &lock, error));
    cr_assert_not_null(strstr(error, "slibench hba restore"));
    cr_assert_eq(hba_restore_all(machine, tell, NULL), 0);
    cr_assert_str_eq(fake_machine_driver(hba), "lpfc");
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
