// SPDX-License-Identifier: GPL-2.0-only
// Locked memory: mlock, mlock2(MLOCK_ONFAULT), mlockall(MCL_CURRENT | MCL_FUTURE) in a child, and on fault in another.
// A wrong restore is noticed as other "Locked"/VmFlags in smaps, another VmLck, or new mappings of the child not locked.
#include "../pattern.h"
#include "../procfs.h"
#include "../tasks.h"

#define SIZE (512UL << 10)

static char *whole, *on_fault, *plain;
static char saved[64];

static bool has_flag(const void *at, const char *flag)
{
    char flags[256] = "";
    smaps_line(at, "VmFlags", flags, sizeof(flags));
    return strstr(flags, flag) != NULL;
}

static void later_handler(const char *question)
{
    if (asked(question, "verify", NULL)) {
        expect(!has_flag(plain, " lo"), "memory that was there before is locked");
        char *later = map_anon(65536, PROT_READ | PROT_WRITE, 0);
        expect(has_flag(later, " lo") && has_flag(later, " lf"), "a new mapping is not locked on fault");
        expect_eq("KiB of the new mapping in memory", smaps_kib(later, "Rss"), 0);
        munmap(later, 65536);
    }
}

static void later_child(void)
{
    must(mlockall(MCL_FUTURE | MCL_ONFAULT));
    serve("later", later_handler);
}

static void handler(const char *question)
{
    if (asked(question, "verify", NULL)) {
        expect(has_flag(plain, " lo"), "the child's memory is not locked");
        char *later = map_anon(65536, PROT_READ | PROT_WRITE, 0);
        expect(has_flag(later, " lo"), "a new mapping of the child is not locked");
        expect_eq("KiB of the new mapping in memory", smaps_kib(later, "Rss"), 64);
        munmap(later, 65536);
    }
}

static void child(void)
{
    must(mlockall(MCL_CURRENT | MCL_FUTURE));
    serve("child", handler);
}

static void setup(void)
{
    whole = map_anon(SIZE, PROT_READ | PROT_WRITE, 0);
    map_anon(4096, PROT_NONE, 0);
    on_fault = map_anon(SIZE, PROT_READ | PROT_WRITE, 0);
    map_anon(4096, PROT_NONE, 0);
    plain = map_anon(SIZE, PROT_READ | PROT_WRITE, 0);
    pattern_fill(whole, SIZE / 2, 3);
    must(mlock(whole, SIZE));
    must(mlock2(on_fault, SIZE, MLOCK_ONFAULT));
    if (!has_flag(on_fault, " lf"))
        skip("needs lf among VmFlags: nobody else can know");
    pattern_fill(on_fault, 8192, 4);
    status_field(getpid(), 0, "VmLck", saved, sizeof(saved));
    fork_child(child);
    fork_child(later_child);
    ask("child", "verify");
    ask("later", "verify");
}

static void sabotage(void)
{
    must(munlock(on_fault, SIZE));
}

static void check(void)
{
    char now[64];
    expect(has_flag(whole, " lo") && !has_flag(whole, " lf"), "the locked mapping's flags differ");
    expect(has_flag(on_fault, " lo") && has_flag(on_fault, " lf"), "the mapping locked on fault: flags differ");
    expect(!has_flag(plain, " lo"), "the plain mapping is locked");
    status_field(getpid(), 0, "VmLck", now, sizeof(now));
    expect_str("VmLck", now, saved);
    expect_eq("KiB of the locked mapping in memory", smaps_kib(whole, "Rss"), SIZE / 1024);
    expect_eq("KiB in memory of the mapping locked on fault", smaps_kib(on_fault, "Rss"), 8);
    expect_pattern("locked content", whole, SIZE / 2, 3);
    expect_zero("rest of the locked mapping", whole + SIZE / 2, SIZE / 2);
    expect_pattern("content locked on fault", on_fault, 8192, 4);
    ask("child", "verify");
    ask("later", "verify");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
