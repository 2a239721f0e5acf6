// SPDX-License-Identifier: GPL-2.0-only
// Mappings of /dev/zero: private (anonymous in all but name) and shared with a child (shared memory with that name).
// A wrong restore is noticed as lost content, or a write of one task that the other does not see.
#include "../pattern.h"
#include "../tasks.h"

#define SIZE (256UL << 10)

static char *private, *shared;

static void handler(const char *question)
{
    const char *rest;
    if (asked(question, "verify", &rest))
        expect_pattern("shared mapping, child", shared, SIZE, strtoul(rest, NULL, 10));
}

static void setup(void)
{
    int fd = must(open("/dev/zero", O_RDWR));
    private = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    shared = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (private == MAP_FAILED || shared == MAP_FAILED)
        die("cannot map /dev/zero: %s", strerror(errno));
    close(fd);
    pattern_fill(private, SIZE / 2, 9);
    pattern_fill(shared, SIZE, 1);
    fork_server("child", handler);
}

static void sabotage(void)
{
    private[100] ^= 1;
}

static void check(void)
{
    expect_pattern("private mapping", private, SIZE / 2, 9);
    expect_zero("its untouched half", private + SIZE / 2, SIZE / 2);
    expect_pattern("shared mapping", shared, SIZE, prog.round);
    pattern_fill(shared, SIZE, prog.round + 1);
    ask("child", "verify %d", prog.round + 1);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
