// SPDX-License-Identifier: GPL-2.0-only
// crowded KIB WHERE: reserves all addresses there are but one gap of so many KiB, `high` between heap and libraries or `low`
// below the program, and a little room for the stack.
// A wrong restore is noticed as another number of mappings, another extent of any, or other content.
#include "../pattern.h"
#include "../procfs.h"

#define PAGE 4096UL
#define LOWEST 0x10000UL
#define TOP 0x7ffffffff000UL
#define STACK_ROOM (128UL << 10)

struct range {
    unsigned long start, end;
};

static struct range before[4000], after[4000];
static int saved;
static char *content;

static int ranges(struct range *list)
{
    static char text[1 << 20];
    int count = 0;
    must(read_text(text, sizeof(text), "/proc/self/maps"));
    for (char *line = strtok(text, "\n"); line && count < 4000; line = strtok(NULL, "\n"))
        if (sscanf(line, "%lx-%lx", &list[count].start, &list[count].end) == 2)
            count++;
    return count;
}

static void reserve(unsigned long start, unsigned long end)
{
    if (start < end && mmap((void *)start, end - start, PROT_NONE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED)
        die("cannot reserve %lx-%lx: %s", start, end, strerror(errno));
}

static void setup(void)
{
    unsigned long keep = (prog.argc > 0 ? atol(prog.argv[0]) : 1024) << 10, stack = (unsigned long)&keep;
    bool low = prog.argc > 1 && !strcmp(prog.argv[1], "low");
    content = map_anon(PAGE, PROT_READ | PROT_WRITE, 0);
    pattern_fill(content, PAGE, 1);
    struct range gaps[4000];
    int count = ranges(before), found = 0, kept = -1;
    unsigned long free = LOWEST;
    for (int i = 0; i <= count; i++) {
        unsigned long start = i < count ? before[i].start : TOP;
        if (start > TOP)
            start = TOP;
        unsigned long end = i < count && before[i].start <= stack && stack < before[i].end ? start - STACK_ROOM : start;
        // The first one is that below the program, the widest of the others that between heap and libraries.
        if (free < end && (low ? kept < 0 : found > 0 && (kept < 0 || end - free > gaps[kept].end - gaps[kept].start)))
            kept = found;
        if (free < end)
            gaps[found++] = (struct range){free, end};
        if (i < count)
            free = before[i].end;
    }
    for (int i = 0; i < found; i++)
        reserve(gaps[i].start + (low && i == kept ? keep : 0), gaps[i].end - (!low && i == kept ? keep : 0));
    saved = ranges(before);
}

static void sabotage(void)
{
    must(munmap((void *)before[0].start, PAGE));
}

static void check(void)
{
    int count = ranges(after);
    expect_eq("mappings", count, saved);
    for (int i = 0; i < count && i < saved; i++)
        expect(after[i].start == before[i].start && after[i].end == before[i].end, "mapping %lx-%lx is %lx-%lx", before[i].start,
               before[i].end, after[i].start, after[i].end);
    expect_pattern("content", content, PAGE, 1);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
