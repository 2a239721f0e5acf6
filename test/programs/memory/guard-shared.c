// SPDX-License-Identifier: GPL-2.0-only
// Guard pages of MADV_GUARD_INSTALL in shared mappings (Linux 6.15): anonymous memory, a memfd, a file, a deleted file and
// one mapped to be read only; in a private mapping of the memfd; and in private memory that was locked afterwards. A child
// has the same mappings with other guards, and a second mapping of the file has none.
// A wrong restore is noticed as a guard that can be touched, or data that cannot.
#include "../tasks.h"
#include <setjmp.h>
#include <sys/mman.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif
#define PAGE 4096UL
#define PAGES 8

enum { ANONYMOUS, MEMFD, FILE_SHARED, DELETED, READ_ONLY, PRIVATE, LOCKED, PLAIN, KINDS };

static char *areas[KINDS];
static sigjmp_buf fault;
static int first = 2; // guard: this page of each mapping, and the last but one

static bool guarded(int kind, int page)
{
    return kind != PLAIN && (page == first || page == PAGES - 2);
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

static void verify(void)
{
    for (int kind = 0; kind < KINDS; kind++)
        for (int page = 0; page < PAGES; page++) {
            volatile char *at = areas[kind] + page * PAGE;
            bool faulted = faults(at);
            expect(faulted == guarded(kind, page), "page %d of mapping %d: expected %s, is %s", page, kind,
                   guarded(kind, page) ? "a guard" : "data", faulted ? "a guard" : "data");
            if (!faulted)
                expect_eq("data", *at, kind == READ_ONLY || kind == PLAIN ? 40 + page : 10 * (kind + 2) + page);
        }
}

static void handler(const char *question)
{
    if (asked(question, "check", NULL))
        verify();
}

static void install(int page)
{
    for (int kind = 0; kind < KINDS; kind++)
        if (guarded(kind, page) && madvise(areas[kind] + page * PAGE, PAGE, MADV_GUARD_INSTALL))
            skip("needs MADV_GUARD_INSTALL in shared memory (Linux 6.15): %s", strerror(errno));
}

// Locks are not inherited, guards are.
static void child(void)
{
    signal(SIGSEGV, on_fault);
    for (int kind = 0; kind < KINDS; kind++)
        must(madvise(areas[kind] + first * PAGE, PAGE, MADV_GUARD_REMOVE));
    first = 3;
    install(first);
    for (int kind = 0; kind < KINDS; kind++)
        if (kind != PLAIN && kind != READ_ONLY)
            areas[kind][2 * PAGE] = 10 * (kind + 2) + 2;
    serve("child", handler);
}

static char *map(int fd, int prot, int flags)
{
    return must(mmap(NULL, PAGES * PAGE, prot, flags, fd, 0));
}

static int file(const char *path)
{
    int fd = must(open(path, O_RDWR | O_CREAT, 0600));
    must(ftruncate(fd, PAGES * PAGE));
    return fd;
}

static void setup(void)
{
    signal(SIGSEGV, on_fault);
    char *kept = side_path(".kept"), *deleted = side_path(".deleted");
    int mem = must(memfd_create("guarded", 0)), shared = file(kept), gone = file(deleted);
    must(ftruncate(mem, PAGES * PAGE));
    unlink(deleted);
    const int both = PROT_READ | PROT_WRITE;
    areas[ANONYMOUS] = map(-1, both, MAP_SHARED | MAP_ANONYMOUS);
    areas[MEMFD] = map(mem, both, MAP_SHARED);
    areas[FILE_SHARED] = map(shared, both, MAP_SHARED);
    areas[DELETED] = map(gone, both, MAP_SHARED);
    areas[READ_ONLY] = map(shared, PROT_READ, MAP_SHARED);
    areas[PRIVATE] = map(mem, both, MAP_PRIVATE);
    areas[LOCKED] = map(-1, both, MAP_PRIVATE | MAP_ANONYMOUS);
    areas[PLAIN] = map(shared, PROT_READ, MAP_SHARED);
    for (int kind = 0; kind < KINDS; kind++)
        for (int page = 0; page < PAGES; page++)
            if (kind != READ_ONLY && kind != PLAIN)
                areas[kind][page * PAGE] = 10 * (kind + 2) + page;
    install(first);
    install(PAGES - 2);
    // Told as failed, since guard pages cannot be brought in, and done all the same.
    if (mlock(areas[LOCKED], PAGES * PAGE))
        expect_eq("mlock", errno, ENOMEM);
    fork_child(child);
    ask("child", "check");
}

static void sabotage(void)
{
    must(madvise(areas[MEMFD] + first * PAGE, PAGE, MADV_GUARD_REMOVE));
}

static void check(void)
{
    verify();
    expect_errno("a guard in locked memory", madvise(areas[LOCKED], PAGE, MADV_GUARD_INSTALL), EINVAL);
    ask("child", "check");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
