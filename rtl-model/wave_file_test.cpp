// SPDX-License-Identifier: BSD-2-Clause
// Wave files, read back with the library's reader, and the save file that goes with them.
#include <criterion/criterion.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <gtkwave/fstapi.h>
#include <sstream>
#include <string>
#include <unistd.h>
#include "rtl-model/link_waves.h"
#include "rtl-model/wave_file.h"

namespace {

// A folder of its own for each test.
std::string folder;

void make_folder()
{
    const char *base = getenv("TMPDIR");
    folder = std::string(base ? base : "/tmp") + "/slibench-waves-XXXXXX";
    cr_assert(mkdtemp(&folder[0]));
}

void remove_folder()
{
    for (const char *name : {"/a.fst", "/b.fst", "/a.gtkw"})
        unlink((folder + name).c_str());
    rmdir(folder.c_str());
}

std::string at(const char *name)
{
    return folder + name;
}

std::string content(const std::string &path)
{
    std::ifstream f(path, std::ios::binary);
    std::stringstream all;

    all << f.rdbuf();
    return all.str();
}

void note(std::string &out, uint64_t time, fstHandle handle, const std::string &value)
{
    out += std::to_string(time) + " " + std::to_string(handle) + " " + value + "\n";
}

// What a viewer sees: "scope.name width handle" a line, then "time handle value".
std::string seen(const std::string &path)
{
    void *r = fstReaderOpen(path.c_str());
    std::string out, scope;

    cr_assert(r, "%s is no FST file", path.c_str());
    cr_assert_eq(fstReaderGetTimescale(r), -12);
    while (fstHier *h = fstReaderIterateHier(r)) {
        if (h->htyp == FST_HT_SCOPE)
            scope += std::string(h->u.scope.name) + ".";
        else if (h->htyp == FST_HT_UPSCOPE)
            scope.erase(scope.size() < 2 ? 0 : scope.rfind('.', scope.size() - 2) + 1);
        else if (h->htyp == FST_HT_VAR)
            out += scope + h->u.var.name + " " + std::to_string(h->u.var.length) + " " +
                   std::to_string(h->u.var.handle) + "\n";
    }
    fstReaderSetFacProcessMaskAll(r);
    // Values that stand when a block of the file begins are no changes: x, and those of an earlier block.
    fstReaderIterBlocks2(
        r,
        [](void *o, uint64_t time, fstHandle handle, const unsigned char *value) {
            if (*value != 'x')
                note(*static_cast<std::string *>(o), time, handle, reinterpret_cast<const char *>(value));
        },
        [](void *o, uint64_t time, fstHandle handle, const unsigned char *value, uint32_t length) {
            note(*static_cast<std::string *>(o), time, handle,
                 "'" + std::string(reinterpret_cast<const char *>(value), length) + "'");
        },
        &out, nullptr);
    fstReaderClose(r);
    return out;
}

} // namespace

TestSuite(wave_file, .init = make_folder, .fini = remove_folder);

Test(wave_file, has_its_signals_in_their_scopes_and_the_changes_by_time)
{
    {
        wave_file f(at("/a.fst"));

        cr_assert(f.ok());
        f.enter("link0");
        f.enter("hba");
        wave_file::signal word = f.bits("tx_word", 32), sync = f.bits("sync", 1);
        f.leave();
        wave_file::signal what = f.text("what");
        f.leave();
        f.set(word, 3000, 0xBC95B5B5); // told ahead of what lies before it
        f.set(sync, 1000, 1);
        f.set(what, 2000, "SOFi3");
        f.set(what, 3100, "");
        f.flush(2500);
        f.set(sync, 2600, 0);
    }
    std::string a = seen(at("/a.fst"));

    cr_assert_str_eq(a.c_str(), "waves_end_here 1 1\n"
                                "link0.hba.tx_word [31:0] 32 2\n"
                                "link0.hba.sync 1 3\n"
                                "link0.what 0 4\n"
                                "0 1 0\n"
                                "1000 3 1\n"
                                "2000 4 'SOFi3'\n"
                                "2600 3 0\n"
                                "3000 2 10111100100101011011010110110101\n"
                                "3100 4 ''\n");
}

Test(wave_file, writes_a_value_once_and_those_of_one_time_as_they_were_told)
{
    {
        wave_file f(at("/a.fst"));
        wave_file::signal s = f.bits("s", 4);

        f.set(s, 100, 5);
        f.set(s, 200, 5);
        f.set(s, 300, 6);
        f.set(s, 400, 9);
        f.set(s, 400, 10);
    }
    std::string a = seen(at("/a.fst"));

    cr_assert_str_eq(a.c_str(), "waves_end_here 1 1\n"
                                "s [3:0] 4 2\n"
                                "0 1 0\n"
                                "100 2 0101\n"
                                "300 2 0110\n"
                                "400 2 1001\n"
                                "400 2 1010\n");
}

Test(wave_file, says_where_it_ends_when_it_is_full_and_takes_nothing_after)
{
    {
        wave_file f(at("/a.fst"), 4);
        wave_file::signal s = f.bits("s", 8);

        for (uint32_t i = 1; i <= 10; i++)
            f.set(s, i * 100, i);
    }
    std::string a = seen(at("/a.fst"));

    // The first change is that of waves_end_here, to 0.
    cr_assert_str_eq(a.c_str(), "waves_end_here 1 1\n"
                                "s [7:0] 8 2\n"
                                "0 1 0\n"
                                "100 2 00000001\n"
                                "200 2 00000010\n"
                                "300 2 00000011\n"
                                "400 1 1\n");
}

Test(wave_file, is_the_same_for_the_same_run)
{
    for (const char *name : {"/a.fst", "/b.fst"}) {
        wave_file f(at(name));
        wave_file::signal s = f.bits("s", 16);

        for (uint32_t i = 0; i < 5000; i++)
            f.set(s, i * 1176, i * 7919);
    }
    std::string a = content(at("/a.fst")), b = content(at("/b.fst"));

    // Bytes 40 to 168 of the header name the writer's version, 168 to 287 the date: the same too.
    cr_assert(a.size() > 300 && a == b, "%zu and %zu bytes", a.size(), b.size());
}

Test(wave_file, that_cannot_be_made_says_so)
{
    wave_file f(at("/none/a.fst"));

    cr_assert_not(f.ok());
}

Test(wave_file, has_a_save_file_with_what_one_looks_at_first)
{
    cr_assert(write_gtkwave_save(at("/a.fst"), 1, "switch"));
    std::string a = content(at("/a.gtkw"));

    cr_assert_eq(a.find("[dumpfile] \"a.fst\"\n[timestart] 0\n[sst_expanded] 1\n"
                        "@200\n-port 0: hba sends\n@22\nlink0.hba.port_state\n@22\nlink0.hba.says\n"),
                 0u, "%s", a.c_str());
    cr_assert_neq(a.find("@200\n-port 0: switch hears\n@22\nlink0.switch.rx_word[31:0]\n"
                         "@28\nlink0.switch.rx_is_ordered_set\n"),
                  std::string::npos, "%s", a.c_str());
    cr_assert_eq(a.find("port 1"), std::string::npos);
    cr_assert_not(write_gtkwave_save(at("/none/a.fst"), 1, "switch"));
}
