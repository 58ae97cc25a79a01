/* SPDX-License-Identifier: BSD-2-Clause */
// libsystemc refers to sc_main because it brings a main() that calls it. Our programs have their own main()
// and start the kernel through model.h, so this is never called.
extern "C" int sc_main(int, char **)
{
    return 3;
}
