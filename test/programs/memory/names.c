// SPDX-License-Identifier: GPL-2.0-only
// Names of anonymous mappings (PR_SET_VMA_ANON_NAME). Needs CONFIG_ANON_VMA_NAME.
// A wrong restore is noticed as another name in smaps, or none.
#include "../procfs.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA 0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif
#define SIZE 65536UL

static char *areas[3];
static const char *const names[] = {"first name", "other:name", NULL};

static void setup(void)
{
    for (int i = 0; i < 3; i++) {
        areas[i] = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        areas[i][0] = 1;
        if (names[i] && prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, areas[i], SIZE, names[i]))
            skip("needs CONFIG_ANON_VMA_NAME: %s", strerror(errno));
    }
}

static void sabotage(void)
{
    must(prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, areas[1], SIZE, NULL));
}

static void check(void)
{
    for (int i = 0; i < 3; i++) {
        char line[PATH_MAX + 200] = "", wanted[64];
        smaps_line(areas[i], NULL, line, sizeof(line));
        snprintf(wanted, sizeof(wanted), "[anon:%s]", names[i] ? names[i] : "");
        expect(!strstr(line, names[i] ? wanted : "[anon") == !names[i], "mapping %d is '%s'", i, line);
    }
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
