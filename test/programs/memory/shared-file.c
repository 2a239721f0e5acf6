// SPDX-License-Identifier: GPL-2.0-only
// A shared mapping of a file by two tasks, one of them reading only and at another offset.
// A wrong restore is noticed as a write that does not reach the file, or the other task, or a mapping of another part.
#include "../pattern.h"
#include "../procfs.h"
#include "../tasks.h"

#define SIZE (1UL << 20)
#define SKIP (64UL << 10)

static char *area, *path;

static void handler(const char *question)
{
    const char *rest;
    if (asked(question, "verify", &rest))
        expect_pattern("the child's mapping", area, SIZE - SKIP, strtoul(rest, NULL, 10) + SKIP);
}

static void child(void)
{
    int fd = must(open(path, O_RDONLY));
    must(munmap(area, SIZE));
    area = mmap(NULL, SIZE - SKIP, PROT_READ, MAP_SHARED, fd, SKIP);
    close(fd);
    serve("child", handler);
}

static void setup(void)
{
    path = side_path(".shared");
    int fd = must(open(path, O_RDWR | O_CREAT, 0600));
    must(ftruncate(fd, SIZE));
    area = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    pattern_fill(area, SIZE, 1);
    fork_child(child);
    ask("child", "verify 1");
}

static void sabotage(void)
{
    // The same content, but a mapping of its own.
    int fd = must(open(path, O_RDWR));
    must((long)mmap(area, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0));
    close(fd);
}

static void check(void)
{
    char line[PATH_MAX + 200] = "";
    expect_pattern("mapping", area, SIZE, prog.round);
    pattern_fill(area, SIZE, prog.round + 1);
    ask("child", "verify %d", prog.round + 1);
    int fd = must(open(path, O_RDONLY));
    expect_file_pattern("file", fd, 0, SIZE, prog.round + 1);
    close(fd);
    smaps_line(area, NULL, line, sizeof(line));
    expect(strstr(line, "rw-s 00000000") && strstr(line, path), "the mapping is now '%s'", line);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
