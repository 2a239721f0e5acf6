// SPDX-License-Identifier: GPL-2.0-only
// exe, comm, cmdline, environ and auxv as /proc shows them, with the argument and environment areas overwritten in
// place as daemons do to set their title. A wrong restore is noticed as any of the five differing from before.
#include "../procfs.h"

extern char **environ;

static const char *const names[] = {"comm", "cmdline", "environ", "auxv"};
static char before[ARRAY_LEN(names)][16384], now[16384], exe[PATH_MAX];
static ssize_t lengths[ARRAY_LEN(names)];
static char *title;

static void setup(void)
{
    must(prctl(PR_SET_NAME, "odd)name (x"));
    memset(title, 0, strlen(title));
    strcpy(title, "a title");
    if (environ[0] && strchr(environ[0], '='))
        strchr(environ[0], '=')[0] = '#';
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        lengths[i] = must(read_text(before[i], sizeof(before[i]), "/proc/self/%s", names[i]));
    must(readlink("/proc/self/exe", exe, sizeof(exe) - 1));
}

static void sabotage(void)
{
    title[2] = 'T';
}

static void check(void)
{
    char path[PATH_MAX] = "";
    must(readlink("/proc/self/exe", path, sizeof(path) - 1));
    expect_str("exe", path, exe);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        expect_eq(names[i], read_text(now, sizeof(now), "/proc/self/%s", names[i]), lengths[i]);
        expect_mem(names[i], now, before[i], lengths[i]);
    }
}

int main(int argc, char **argv)
{
    title = argv[0];
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
