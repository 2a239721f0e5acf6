// SPDX-License-Identifier: GPL-2.0-only
// Argument and environment areas moved into the heap with PR_SET_MM_MAP, and another auxv (a service manager does so).
// A wrong restore is noticed as another cmdline, environ or auxv of /proc.
#include "../procfs.h"
#include <linux/prctl.h>
#include <sys/auxv.h>

static char *arguments, *variables;
static unsigned long vector[44];
static const char new_arguments[] = "moved\0arguments\0of this program", new_variables[] = "MOVED=yes\0SECOND=2";

static unsigned long stat_number(int field)
{
    char text[2048], *at, *end;
    must(read_text(text, sizeof(text), "/proc/self/stat"));
    at = strrchr(text, ')') + 2;
    for (int i = 3; i < field; i++)
        at = strchr(at, ' ') + 1;
    return strtoul(at, &end, 10);
}

static void setup(void)
{
    arguments = malloc(sizeof(new_arguments));
    variables = malloc(sizeof(new_variables));
    memcpy(arguments, new_arguments, sizeof(new_arguments));
    memcpy(variables, new_variables, sizeof(new_variables));
    must(read_text((char *)vector, sizeof(vector), "/proc/self/auxv"));
    for (size_t i = 0; i + 1 < ARRAY_LEN(vector) && vector[i]; i += 2)
        if (vector[i] == AT_CLKTCK)
            vector[i + 1] = 4711;
    struct prctl_mm_map map = {
        .start_code = stat_number(26),
        .end_code = stat_number(27),
        .start_stack = stat_number(28),
        .start_data = stat_number(45),
        .end_data = stat_number(46),
        .start_brk = stat_number(47),
        .brk = (unsigned long)sbrk(0),
        .arg_start = (unsigned long)arguments,
        .arg_end = (unsigned long)arguments + sizeof(new_arguments),
        .env_start = (unsigned long)variables,
        .env_end = (unsigned long)variables + sizeof(new_variables),
        .auxv = (__u64 *)vector,
        .auxv_size = sizeof(vector),
        .exe_fd = -1,
    };
    if (prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0))
        skip("PR_SET_MM_MAP: %s", strerror(errno));
}

static void sabotage(void)
{
    arguments[1] = 'X';
}

static void check(void)
{
    char text[1024];
    expect_eq("length of cmdline", must(read_text(text, sizeof(text), "/proc/self/cmdline")), sizeof(new_arguments));
    expect_mem("cmdline", text, new_arguments, sizeof(new_arguments));
    expect_eq("length of environ", must(read_text(text, sizeof(text), "/proc/self/environ")), sizeof(new_variables));
    expect_mem("environ", text, new_variables, sizeof(new_variables));
    ssize_t len = must(read_text(text, sizeof(text), "/proc/self/auxv"));
    expect_mem("auxv", text, vector, len < (ssize_t)sizeof(vector) ? len : (ssize_t)sizeof(vector));
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
