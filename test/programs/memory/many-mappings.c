// SPDX-License-Identifier: GPL-2.0-only
// 20 000 mappings (or as many as the argument says): neighbours of different permission, each third one with content.
// A wrong restore is noticed as another number of mappings, another permission, or another content of any.
#include "../pattern.h"
#include "../procfs.h"

#define PAGE 4096UL

static char *area;
static long saved, count = 20000;

static long count_mappings(void)
{
    char line[PATH_MAX + 200];
    long all = 0, inside = 0;
    FILE *file = fopen("/proc/self/maps", "re");
    while (fgets(line, sizeof(line), file)) {
        unsigned long start, end;
        char prot[5];
        if (sscanf(line, "%lx-%lx %4s", &start, &end, prot) != 3)
            continue;
        all++;
        if (start < (unsigned long)area || start >= (unsigned long)area + count * PAGE)
            continue;
        long index = (start - (unsigned long)area) / PAGE;
        expect(index == inside && !strcmp(prot, index % 2 ? "r--p" : "rw-p"), "mapping %ld is '%s'", inside, line);
        inside++;
    }
    fclose(file);
    expect_eq("mappings in the area", inside, count);
    return all;
}

static void setup(void)
{
    if (prog.argc > 0)
        count = atol(prog.argv[0]);
    area = map_anon(count * PAGE, PROT_READ | PROT_WRITE, 0);
    for (int i = 0; i < count; i++) {
        if (i % 3 == 0)
            pattern_fill(area + i * PAGE, PAGE, i);
        if (i % 2 && mprotect(area + i * PAGE, PAGE, PROT_READ))
            skip("cannot have %ld mappings (vm.max_map_count): %s", count, strerror(errno));
    }
    saved = count_mappings();
}

static void sabotage(void)
{
    must(mprotect(area + (count / 3 | 1) * PAGE, PAGE, PROT_READ | PROT_WRITE));
}

static void check(void)
{
    expect_eq("mappings", count_mappings(), saved);
    for (int i = 0; i < count; i++) {
        long at = i % 3 ? zero_differs(area + i * PAGE, PAGE) : pattern_differs(area + i * PAGE, PAGE, i);
        expect(at < 0, "mapping %d differs at byte %ld", i, at);
    }
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
