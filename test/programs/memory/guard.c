// SPDX-License-Identifier: GPL-2.0-only
// Guard pages among data: PROT_NONE ones, or with the argument "install" those of MADV_GUARD_INSTALL (Linux 6.13), which
// are no mappings of their own. A wrong restore is noticed as a guard that can be touched, or data that cannot.
#include "../pattern.h"
#include <setjmp.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#define PAGE 4096UL
#define PAGES 64

static char *area;
static sigjmp_buf fault;
static bool install;

static bool guarded(int page)
{
    return page % 8 == 7 || page == 20;
}

static void on_fault(int signal)
{
    siglongjmp(fault, signal);
}

static bool faults(volatile char *at)
{
    volatile int caught = sigsetjmp(fault, 1);
    if (!caught)
        (void)*at;
    return caught;
}

static void setup(void)
{
    install = prog.argc && !strcmp(prog.argv[0], "install");
    signal(SIGSEGV, on_fault);
    area = map_anon(PAGES * PAGE, PROT_READ | PROT_WRITE, 0);
    for (int i = 0; i < PAGES; i++) {
        if (guarded(i) && install && madvise(area + i * PAGE, PAGE, MADV_GUARD_INSTALL))
            skip("needs MADV_GUARD_INSTALL (Linux 6.13): %s", strerror(errno));
        else if (guarded(i) && !install)
            must(mprotect(area + i * PAGE, PAGE, PROT_NONE));
        else if (!guarded(i))
            pattern_fill(area + i * PAGE, PAGE, i);
    }
}

static void sabotage(void)
{
    if (install)
        must(madvise(area + 20 * PAGE, PAGE, MADV_GUARD_INSTALL + 1));
    else
        must(mprotect(area + 20 * PAGE, PAGE, PROT_READ));
}

static void check(void)
{
    for (int i = 0; i < PAGES; i++) {
        bool faulted = faults(area + i * PAGE + 100);
        expect(faulted == guarded(i), "page %d: expected %s, is %s", i, guarded(i) ? "a guard" : "data",
               faulted ? "a guard" : "data");
        if (!guarded(i) && !faulted)
            expect_pattern("data page", area + i * PAGE, PAGE, i);
    }
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
