// SPDX-License-Identifier: GPL-2.0-only
// madvise flags (DONTFORK, DONTDUMP, WIPEONFORK, MERGEABLE, HUGEPAGE, NOHUGEPAGE, SEQUENTIAL, RANDOM), MAP_NORESERVE and
// mappings whose permissions changed. A wrong restore is noticed as other VmFlags in smaps, or as a fork that copies what
// it must not, or must wipe.
#include "../pattern.h"
#include "../procfs.h"

#define SIZE (4UL << 20)

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

static struct area {
    const char *name;
    int advice[2];
    int map_flags, prot;
    char *at;
    char flags[256];
} areas[] = {
    {.name = "plain"},
    {.name = "dontfork", .advice = {MADV_DONTFORK}},
    {.name = "dontdump", .advice = {MADV_DONTDUMP}},
    {.name = "wipeonfork", .advice = {MADV_WIPEONFORK}},
    {.name = "mergeable", .advice = {MADV_MERGEABLE}},
    {.name = "hugepage", .advice = {MADV_HUGEPAGE}},
    {.name = "nohugepage and dontdump", .advice = {MADV_NOHUGEPAGE, MADV_DONTDUMP}},
    {.name = "sequential", .advice = {MADV_SEQUENTIAL}},
    {.name = "random", .advice = {MADV_RANDOM}},
    {.name = "noreserve", .map_flags = MAP_NORESERVE},
    {.name = "read-only", .prot = PROT_READ},
    {.name = "executable", .prot = PROT_READ | PROT_WRITE | PROT_EXEC},
};

// Without "sd" (soft-dirty), which a dump may touch.
static void flags_of(struct area *a, char *flags, size_t size)
{
    char text[256] = "";
    smaps_line(a->at, "VmFlags", text, sizeof(text));
    size_t len = 0;
    flags[0] = 0;
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        if (strcmp(word, "sd"))
            len += snprintf(flags + len, size - len, "%s ", word);
}

static void setup(void)
{
    for (size_t i = 0; i < ARRAY_LEN(areas); i++) {
        struct area *a = &areas[i];
        a->at = map_anon(SIZE, PROT_READ | PROT_WRITE, a->map_flags);
        pattern_fill(a->at, 65536, i);
        for (int j = 0; j < 2; j++)
            if (a->advice[j] && madvise(a->at, SIZE, a->advice[j]) && a->advice[j] != MADV_MERGEABLE &&
                a->advice[j] != MADV_HUGEPAGE) // those two need kernel options
                die("madvise %s: %s", a->name, strerror(errno));
        if (a->prot)
            must(mprotect(a->at, SIZE, a->prot));
        map_anon(4096, PROT_NONE, 0); // keeps neighbours apart
    }
    for (size_t i = 0; i < ARRAY_LEN(areas); i++)
        flags_of(&areas[i], areas[i].flags, sizeof(areas[i].flags));
}

static void sabotage(void)
{
    must(madvise(areas[2].at, SIZE, MADV_DODUMP));
}

static void check(void)
{
    for (size_t i = 0; i < ARRAY_LEN(areas); i++) {
        char flags[256];
        flags_of(&areas[i], flags, sizeof(flags));
        expect_str(areas[i].name, flags, areas[i].flags);
        expect_pattern(areas[i].name, areas[i].at, 65536, i);
    }
    pid_t pid = must(fork());
    if (pid == 0)
        _exit((mincore(areas[1].at, 4096, (unsigned char[1]){0}) == 0 ? 1 : 0) + (zero_differs(areas[3].at, 65536) < 0 ? 0 : 2));
    int status;
    must(waitpid(pid, &status, 0));
    expect_eq("a fork's view (1: dontfork is there, 2: wipeonfork is not wiped)", WEXITSTATUS(status), 0);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
