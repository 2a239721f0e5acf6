// SPDX-License-Identifier: GPL-2.0-only
// Shared memory of a task and its child: anonymous, and of a file.
// A wrong restore is noticed as other content, or as a write that the other does not see.
#include "../files/fds.h"

#define SIZE (1UL << 20)

static char *anonymous, *of_file;

static void handler(const char *question)
{
    const char *rest;
    if (asked(question, "verify", &rest)) {
        expect_pattern("anonymous memory, child", anonymous, SIZE, strtoul(rest, NULL, 10));
        expect_pattern("memory of the file, child", of_file, SIZE, strtoul(rest, NULL, 10) + 1);
    } else if (asked(question, "write", &rest)) {
        pattern_fill(anonymous, SIZE, strtoul(rest, NULL, 10));
        pattern_fill(of_file, SIZE, strtoul(rest, NULL, 10) + 1);
    }
}

static void setup(void)
{
    int fd = must(open(side_path(".shared"), O_RDWR | O_CREAT | O_EXCL, 0600));
    must(ftruncate(fd, SIZE));
    of_file = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    anonymous = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (of_file == MAP_FAILED || anonymous == MAP_FAILED)
        die("cannot map: %s", strerror(errno));
    close(fd);
    pattern_fill(anonymous, SIZE, 1);
    pattern_fill(of_file, SIZE, 2);
    fork_server("child", handler);
}

static void sabotage(void)
{
    anonymous[SIZE / 2] ^= 1;
}

static void check(void)
{
    expect_pattern("anonymous memory", anonymous, SIZE, 2 * prog.round - 1);
    expect_pattern("memory of the file", of_file, SIZE, 2 * prog.round);
    ask("child", "verify %d", 2 * prog.round - 1);
    ask("child", "write %d", 2 * prog.round + 1);
    expect_pattern("anonymous memory, written by the child", anonymous, SIZE, 2 * prog.round + 1);
    expect_pattern("memory of the file, written by the child", of_file, SIZE, 2 * prog.round + 2);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
