// SPDX-License-Identifier: GPL-2.0-only
// Regular files with positions and flags: one of each access mode, append, nonblock, sync, noatime, direct, close-on-exec;
// duplicated, opened twice, and shared with a child by fork; a high descriptor number, and a file open by a relative path.
// A wrong restore is noticed as another flag or position, a position that moves along where it must not (or does not
// where it must), or other content.
#include "fds.h"

#define SIZE 100000

static struct opened {
    const char *name;
    int flags, fd_flags, number; // number 0: any
    off_t position;
    int fd;
    struct fd_state state;
} files[] = {
    {.name = "read-only", .flags = O_RDONLY, .position = 11},
    {.name = "write-only", .flags = O_WRONLY, .position = 50001},
    {.name = "append", .flags = O_RDWR | O_APPEND, .position = 70000},
    {.name = "nonblock", .flags = O_RDWR | O_NONBLOCK, .position = SIZE + 5000},
    {.name = "sync", .flags = O_RDWR | O_SYNC},
    {.name = "dsync and noatime", .flags = O_RDWR | O_DSYNC | O_NOATIME, .position = 3},
    {.name = "close-on-exec", .flags = O_RDONLY | O_CLOEXEC, .fd_flags = FD_CLOEXEC, .position = SIZE},
    {.name = "high number", .flags = O_RDONLY, .number = 777, .position = 1},
    {.name = "direct", .flags = O_RDONLY | O_DIRECT, .position = 4096},
    {.name = "beyond 4 GiB", .flags = O_RDWR, .position = 5000000000},
};
static int duplicate, twice;

static void handler(const char *question)
{
    const char *rest;
    if (asked(question, "position", &rest))
        expect_eq("position in the child", lseek(files[0].fd, 0, SEEK_CUR), atol(rest));
    else if (asked(question, "seek", &rest))
        lseek(files[0].fd, atol(rest), SEEK_SET);
}

static void setup(void)
{
    char *path = side_path(".regular");
    int fd = must(open(path, O_WRONLY | O_CREAT, 0640));
    pattern_write(fd, SIZE, 21);
    close(fd);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct opened *f = &files[i];
        f->fd = open(path, f->flags);
        if (f->fd < 0 && f->flags & O_DIRECT)
            f->fd = must(open(path, f->flags & ~O_DIRECT)); // not every file system has it
        must(f->fd);
        if (f->number) {
            must(dup2(f->fd, f->number));
            close(f->fd);
            f->fd = f->number;
        }
        must(lseek(f->fd, f->position, SEEK_SET));
        f->state = fd_state(f->fd);
    }
    duplicate = must(dup3(files[0].fd, 600, O_CLOEXEC));
    twice = must(open(path, O_RDONLY));
    must(lseek(twice, 11, SEEK_SET));
    fork_server("child", handler);
}

static void sabotage(void)
{
    must(lseek(files[3].fd, 0, SEEK_SET));
}

static void check(void)
{
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        expect_fd(files[i].name, files[i].fd, &files[i].state, true);
    expect_file_pattern("content", files[0].fd, 0, SIZE, 21);
    must(lseek(duplicate, 200, SEEK_SET));
    expect_eq("position, moved by the duplicate", lseek(files[0].fd, 0, SEEK_CUR), 200);
    expect_eq("position of the file opened again", lseek(twice, 0, SEEK_CUR), 11);
    expect_eq("close-on-exec of the duplicate", fcntl(duplicate, F_GETFD), FD_CLOEXEC);
    ask("child", "position 200");
    ask("child", "seek 300");
    expect_eq("position, moved by the child", lseek(duplicate, 0, SEEK_CUR), 300);
    must(lseek(duplicate, 11, SEEK_SET));
    struct stat st;
    must(write(files[2].fd, "z", 1)); // appends, whatever its position
    must(fstat(files[2].fd, &st));
    expect_eq("size after appending", st.st_size, SIZE + 1);
    must(ftruncate(files[2].fd, SIZE));
    must(lseek(files[2].fd, files[2].position, SEEK_SET));
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
