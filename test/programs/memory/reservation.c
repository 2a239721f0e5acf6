// SPDX-License-Identifier: GPL-2.0-only
// A PROT_NONE reservation of 4 TiB with a few pages made usable in it, as garbage collectors and sanitizers have.
// A wrong restore is noticed as the reservation or its pages differing, or as memory in use that was never written.
#include "../pattern.h"
#include "../procfs.h"

#define SIZE (4UL << 40)
#define PAGE 4096UL
#define COUNT 24

static char *area;
static char saved[64];

static char *place(int i)
{
    return area + (mix(i) % (SIZE / PAGE / COUNT) + i * (SIZE / PAGE / COUNT)) * PAGE;
}

static void setup(void)
{
    area = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (area == MAP_FAILED)
        skip("cannot reserve 4 TiB: %s", strerror(errno));
    for (int i = 0; i < COUNT; i++) {
        must(mprotect(place(i), 2 * PAGE, PROT_READ | PROT_WRITE));
        pattern_fill(place(i), PAGE, i);
    }
    must(mprotect(place(3), 2 * PAGE, PROT_NONE)); // content without permission
    status_field(getpid(), 0, "VmSize", saved, sizeof(saved));
}

static void sabotage(void)
{
    must(munmap(place(5) + 10 * PAGE, PAGE));
    place(7)[9] ^= 1;
}

static void check(void)
{
    char now[64], rss[64];
    status_field(getpid(), 0, "VmSize", now, sizeof(now));
    expect_str("VmSize", now, saved);
    status_field(getpid(), 0, "VmRSS", rss, sizeof(rss));
    expect(atol(rss) < 16384, "memory in use: %s", rss);
    must(mprotect(place(3), 2 * PAGE, PROT_READ));
    for (int i = 0; i < COUNT; i++) {
        expect_pattern("page in the reservation", place(i), PAGE, i);
        expect_zero("page after it", place(i) + PAGE, PAGE);
    }
    must(mprotect(place(3), 2 * PAGE, PROT_NONE));
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
