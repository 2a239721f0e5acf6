// SPDX-License-Identifier: GPL-2.0-only
// The leader's stack, deep while it waits, and a MAP_GROWSDOWN mapping of our own: both must be able to grow on.
// A wrong restore is noticed as lost locals of the deep frames, a fault when growing, or no "gd" among the flags.
#include "../pattern.h"
#include "../procfs.h"

#define PAGE 4096UL

static char *grower, *blocks[31]; // of the frames between main() and the waiting leader

static void fill_down(int depth)
{
    volatile char block[16384];
    pattern_fill((char *)block, sizeof(block), depth);
    if (depth)
        fill_down(depth - 1);
    expect_pattern("block of a deep frame", (char *)block, sizeof(block), depth);
}

static void setup(void)
{
    // Far from other mappings: the kernel keeps a gap below a growing one (stack_guard_gap, 1 MiB).
    char *room = map_anon(16 << 20, PROT_NONE, MAP_NORESERVE);
    must(munmap(room, 16 << 20));
    grower = mmap(room + (16 << 20) - 4 * PAGE, 4 * PAGE, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, -1, 0);
    if (grower == MAP_FAILED)
        die("cannot map downwards: %s", strerror(errno));
    for (int i = 3; i >= -4; i--)
        pattern_fill(grower + i * (long)PAGE, PAGE, 100 + i);
}

static void sabotage(void)
{
    grower[-4 * (long)PAGE] ^= 1;
}

static void check(void)
{
    char flags[256] = "";
    int lowest = -4 - 8 * (prog.round - 1);
    for (int i = 3; i >= lowest; i--)
        expect_pattern("growing mapping", grower + i * (long)PAGE, PAGE, 100 + i);
    smaps_line(grower, "VmFlags", flags, sizeof(flags));
    expect(strstr(flags, " gd"), "flags of the growing mapping: '%s'", flags);
    smaps_line(flags, "VmFlags", flags, sizeof(flags));
    expect(strstr(flags, " gd"), "flags of the stack: '%s'", flags);
    for (int i = 0; i <= 30; i++)
        expect_pattern("block of a frame above the leader's", blocks[i], 4096, i);
    for (int i = lowest - 1; i >= lowest - 8; i--)
        pattern_fill(grower + i * (long)PAGE, PAGE, 100 + i);
    fill_down(20 + 20 * prog.round);
}

__attribute__((noipa)) static int run(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}

__attribute__((noipa)) static int deep(int argc, char **argv, int depth)
{
    char block[4096];
    pattern_fill(block, sizeof(block), depth);
    blocks[depth] = block;
    return (depth ? deep(argc, argv, depth - 1) : run(argc, argv)) + block[depth];
}

int main(int argc, char **argv)
{
    return deep(argc, argv, 30);
}
