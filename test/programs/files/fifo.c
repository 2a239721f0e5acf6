// SPDX-License-Identifier: GPL-2.0-only
// FIFOs with data: ends in two tasks, one end for both directions, one whose name was deleted.
// A wrong restore is noticed as data lost or doubled, ends of two different pipes, or a name that is back.
#include "fds.h"

#define DATA 5000

static int reader, alone, deleted;
static char *paths[3];
static char buffer[65536];

static void writer_handler(const char *question)
{
    static int writer = -1;
    if (asked(question, "open", NULL))
        writer = must(open(paths[0], O_WRONLY));
    else if (asked(question, "write", NULL))
        pattern_write(writer, DATA, 1);
}

static void setup(void)
{
    for (int i = 0; i < 3; i++) {
        paths[i] = side_path(".fifo-%d", i);
        must(mkfifo(paths[i], 0640));
    }
    reader = must(open(paths[0], O_RDONLY | O_NONBLOCK));
    alone = must(open(paths[1], O_RDWR | O_CLOEXEC));
    deleted = must(open(paths[2], O_RDWR));
    must(unlink(paths[2]));
    fork_server("writer", writer_handler);
    ask("writer", "open");
    ask("writer", "write");
    pattern_write(alone, DATA, 2);
    pattern_write(deleted, DATA, 3);
}

static void sabotage(void)
{
    must(read(alone, buffer, 10));
}

static void expect_data(const char *what, int fd, uint64_t seed)
{
    expect_eq(what, read_now(fd, buffer, sizeof(buffer)), DATA);
    expect_pattern(what, buffer, DATA, seed);
}

static void check(void)
{
    expect_data("fifo between tasks", reader, 1);
    expect_errno("the drained fifo, which has a writer", read(reader, buffer, 1), EAGAIN);
    ask("writer", "write");
    expect_data("fifo of one task", alone, 2);
    pattern_write(alone, DATA, 2);
    int another = must(open(paths[1], O_WRONLY | O_NONBLOCK)); // by name: it must be the same pipe
    must(write(another, "!", 1));
    close(another);
    expect_eq("a byte written by name", read_now(alone, buffer, sizeof(buffer)), DATA + 1);
    pattern_write(alone, DATA, 2);
    expect_data("deleted fifo", deleted, 3);
    pattern_write(deleted, DATA, 3);
    expect_errno("the deleted name", access(paths[2], F_OK), ENOENT);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
