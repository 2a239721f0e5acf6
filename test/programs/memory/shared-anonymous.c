// SPDX-License-Identifier: GPL-2.0-only
// Shared anonymous memory: of a parent and a child, a part of it mapped a second time by the child at another address,
// another one of equal content that is not the same, and one of the child alone; one whose second half is not mapped any
// more, and comes back by mremap(2); one that a mapping reaches beyond, where it has no pages to give.
// A wrong restore is noticed as content that differs, memory beyond the end of an object, a write that the other does not see, or that one sees wrongly.
#include "../pattern.h"
#include "../tasks.h"
#include <sys/uio.h>

#define SIZE (4UL << 20)
#define PART (1UL << 20)

static char *both, *twin, *again, *alone, *half, *beyond;

static void handler(const char *question)
{
    const char *rest;
    if (asked(question, "verify", &rest)) {
        expect_pattern("shared memory, child", both, SIZE, strtoul(rest, NULL, 10));
        expect_pattern("its part mapped again, child", again, PART, strtoul(rest, NULL, 10) + PART);
        expect_pattern("the child's own", alone, PART, 77);
    } else if (asked(question, "write", &rest)) {
        pattern_fill(again, PART, strtoul(rest, NULL, 10));
    } else if (asked(question, "sabotage", NULL)) {
        must((long)mmap(again, PART, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
        pattern_fill(again, PART, 1 + PART);
    }
}

static void child(void)
{
    // An old size of 0 makes mremap duplicate a shared mapping.
    again = mremap(both + PART, 0, PART, MREMAP_MAYMOVE);
    alone = mmap(NULL, PART, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (again == MAP_FAILED || alone == MAP_FAILED)
        die("cannot map in the child: %s", strerror(errno));
    pattern_fill(alone, PART, 77);
    serve("child", handler);
}

static void setup(void)
{
    both = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    twin = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (both == MAP_FAILED || twin == MAP_FAILED)
        die("cannot map: %s", strerror(errno));
    half = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (half == MAP_FAILED)
        die("cannot map: %s", strerror(errno));
    pattern_fill(half, SIZE, 5);
    must(munmap(half + SIZE / 2, SIZE / 2));
    pattern_fill(both, SIZE, 1);
    pattern_fill(twin, SIZE, 1);
    beyond = mmap(NULL, PART, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    beyond = beyond == MAP_FAILED ? beyond : mremap(beyond, PART, 2 * PART, MREMAP_MAYMOVE);
    if (beyond == MAP_FAILED)
        die("cannot map beyond the end of an object: %s", strerror(errno));
    pattern_fill(beyond, PART, 6);
    fork_child(child);
    ask("child", "verify 1");
}

static void expect_end(void)
{
    char byte;
    struct iovec here = {.iov_base = &byte, .iov_len = 1};
    expect_pattern("an object that a mapping reaches beyond", beyond, PART, 6);
    for (int i = 0; i < 2; i++) {
        struct iovec there = {.iov_base = beyond + PART - 1 + i, .iov_len = 1};
        if (i == 0)
            expect_eq("a read of an object's last byte", process_vm_readv(getpid(), &here, 1, &there, 1, 0), 1);
        else
            expect_errno("a read beyond its end", process_vm_readv(getpid(), &here, 1, &there, 1, 0), EFAULT);
    }
}

static void sabotage(void)
{
    ask("child", "sabotage");
}

static void check(void)
{
    expect_end();
    ask("child", "verify %d", prog.round);
    expect_pattern("shared memory, leader", both, SIZE, prog.round);
    expect_pattern("its twin", twin, SIZE, prog.round);
    ask("child", "write %d", 9000 + prog.round);
    expect_pattern("what the child wrote through its second mapping", both + PART, PART, 9000 + prog.round);
    expect_pattern("the twin after that", twin, SIZE, prog.round);
    pattern_fill(both, SIZE, prog.round + 1);
    pattern_fill(twin, SIZE, prog.round + 1);
    ask("child", "verify %d", prog.round + 1);
    char *grown = mremap(half, SIZE / 2, SIZE, MREMAP_MAYMOVE);
    if (grown == MAP_FAILED)
        die("cannot grow the mapping: %s", strerror(errno));
    expect_pattern("what had been unmapped of a shared object", grown, SIZE, 5);
    must(munmap(grown + SIZE / 2, SIZE / 2));
    half = grown;
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
