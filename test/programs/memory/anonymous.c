// SPDX-License-Identifier: GPL-2.0-only
// Private anonymous memory of 64 MiB: pages of content, pages that were zeroed, pages never touched, in no regular order.
// With the argument "huge" the same in huge pages. With "wide" a mapping of 3 GiB with content at both ends and beyond
// 2 GiB only. A wrong restore is noticed as any byte differing, or as much more memory in use than was written.
#include "../pattern.h"
#include "../procfs.h"

#define PAGE 4096UL

static char *area;
static size_t pages = (64UL << 20) / PAGE;
static bool wide;
static long used_before;

enum kind { UNTOUCHED, ZERO, CONTENT };

static enum kind kind_of(size_t page)
{
    if (wide)
        return page < 3 || page + 3 >= pages || page == (2UL << 30) / PAGE ? CONTENT : UNTOUCHED;
    uint64_t run = mix(page / 16); // in runs of 16 pages, single ones in between
    if (mix(page) % 37 == 0)
        return CONTENT;
    return run % 3 == 0 ? UNTOUCHED : run % 3 == 1 ? ZERO : CONTENT;
}

static void setup(void)
{
    bool huge = prog.argc && !strcmp(prog.argv[0], "huge");
    wide = prog.argc && !strcmp(prog.argv[0], "wide");
    if (wide)
        pages = (3UL << 30) / PAGE;
    area = map_anon(pages * PAGE + (2 << 20), PROT_READ | PROT_WRITE, MAP_NORESERVE);
    area = (char *)(((uintptr_t)area + (2 << 20) - 1) & ~((2UL << 20) - 1));
    if (huge && madvise(area, pages * PAGE, MADV_HUGEPAGE))
        skip("needs transparent huge pages: %s", strerror(errno));
    for (size_t i = 0; i < pages; i++) {
        if (kind_of(i) == CONTENT)
            pattern_fill(area + i * PAGE, PAGE, i);
        else if (kind_of(i) == ZERO)
            memset(area + i * PAGE, 0, PAGE);
    }
    used_before = smaps_kib(area, "Rss");
}

static void sabotage(void)
{
    for (size_t i = pages - 1;; i--)
        if (kind_of(i) == CONTENT) {
            area[i * PAGE + 17] ^= 1;
            return;
        }
}

static void check(void)
{
    // khugepaged may put huge pages together at any time, which then hold what was never touched: in this order it only
    // makes the difference less.
    long used = smaps_kib(area, "Rss");
    used -= smaps_kib(area, "AnonHugePages");
    expect(used <= used_before + 64, "memory in use: expected at most %ld KiB, is %ld KiB in small pages", used_before, used);
    for (size_t i = 0; i < pages; i++) {
        if (wide && kind_of(i) == UNTOUCHED)
            continue; // reading it all would take long and map zero pages
        long at = kind_of(i) == CONTENT ? pattern_differs(area + i * PAGE, PAGE, i) : zero_differs(area + i * PAGE, PAGE);
        expect(at < 0, "page %zu (kind %d) differs at byte %ld", i, kind_of(i), at);
    }
    used_before = smaps_kib(area, "Rss");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
