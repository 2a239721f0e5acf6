// SPDX-License-Identifier: GPL-2.0-only
// Deleted files that only mappings still hold: shared by two tasks, private with changed pages, and one also open.
// A wrong restore is noticed as other content, a write the other task does not see, or a name that is back.
#include "fds.h"

#define PAGE 4096UL
#define SIZE (64 * PAGE)

static char *shared, *private, *open_shared;
static int open_fd;
static char *paths[3];

static char *map_deleted(int which, uint64_t seed, int flags, int *keep)
{
    paths[which] = side_path(".deleted-%d", which);
    int fd = must(open(paths[which], O_RDWR | O_CREAT, 0600));
    pattern_write(fd, SIZE, seed);
    char *at = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, flags, fd, 0);
    if (at == MAP_FAILED)
        die("cannot map: %s", strerror(errno));
    must(unlink(paths[which]));
    if (keep)
        *keep = fd;
    else
        close(fd);
    return at;
}

static void handler(const char *question)
{
    const char *rest;
    if (asked(question, "verify", &rest))
        expect_pattern("shared mapping, child", shared, SIZE, strtoul(rest, NULL, 10));
}

static void setup(void)
{
    shared = map_deleted(0, 1, MAP_SHARED, NULL);
    private = map_deleted(1, 40, MAP_PRIVATE, NULL);
    open_shared = map_deleted(2, 1, MAP_SHARED, &open_fd);
    pattern_fill(private + 5 * PAGE, PAGE, 41);
    must(lseek(open_fd, 77, SEEK_SET));
    fork_server("child", handler);
}

static void sabotage(void)
{
    must((long)mremap(private, SIZE, SIZE / 2, 0));
    must((long)mmap(private + SIZE / 2, SIZE / 2, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
}

static void check(void)
{
    char *model = malloc(SIZE), line[PATH_MAX + 200] = "";
    pattern_fill(model, SIZE, 40);
    pattern_fill(model + 5 * PAGE, PAGE, 41);
    expect_mem("private mapping", private, model, SIZE);
    free(model);
    expect_pattern("shared mapping", shared, SIZE, prog.round);
    expect_pattern("mapping of the open one", open_shared, SIZE, prog.round);
    expect_file_pattern("the open one", open_fd, 0, SIZE, prog.round);
    expect_eq("its position", lseek(open_fd, 0, SEEK_CUR), 77);
    for (int i = 0; i < 3; i++)
        expect_errno("the name", access(paths[i], F_OK), ENOENT);
    smaps_line(shared, NULL, line, sizeof(line));
    expect(strstr(line, "rw-s") && strstr(line, "(deleted)"), "the shared mapping is '%s'", line);
    pattern_fill(shared, SIZE, prog.round + 1);
    pattern_fill(open_shared, SIZE, prog.round + 1);
    ask("child", "verify %d", prog.round + 1);
    expect_file_pattern("the open one, written through its mapping", open_fd, 0, SIZE, prog.round + 1);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
