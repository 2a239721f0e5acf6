// SPDX-License-Identifier: GPL-2.0-only
// The brk heap: its content, its end, and that it grows and shrinks on from there.
// A wrong restore is noticed as another break, other content, or growth that fails or is not zeroed.
#include "../pattern.h"
#include "../procfs.h"

#define SIZE (3UL << 20)
#define STEP (100UL << 10)

static char *start, *end;

static void setup(void)
{
    start = sbrk(SIZE);
    if (start == (void *)-1)
        die("sbrk: %s", strerror(errno));
    end = start + SIZE;
    pattern_fill(start, SIZE, 1);
}

static void sabotage(void)
{
    must((long)sbrk(-4096));
}

static void check(void)
{
    char line[PATH_MAX + 200] = "";
    expect(sbrk(0) == end, "break: expected %p, is %p", (void *)end, sbrk(0));
    if (prog.failed)
        return;
    expect_pattern("heap", start, SIZE, 1);
    char *more = sbrk(STEP);
    expect(more == end, "growth: expected %p, is %p", (void *)end, (void *)more);
    if (more == (void *)-1)
        return;
    expect_zero("new part", more, STEP);
    pattern_fill(more, STEP, 2);
    must((long)sbrk(-STEP));
    expect(sbrk(0) == end, "break after shrinking: expected %p, is %p", (void *)end, sbrk(0));
    smaps_line(start, NULL, line, sizeof(line)); // libc may extend the heap here
    expect(strstr(line, "[heap]"), "the heap's mapping is '%s'", line);
    end = sbrk(0);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
