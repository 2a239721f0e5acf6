// SPDX-License-Identifier: GPL-2.0-only
// Descriptors in flight: a file with a position, of which the sender keeps a duplicate, a pipe with data whose ends are
// nowhere else, a socket that itself has a descriptor in flight in it, and plain data before and after.
// A wrong restore is noticed as descriptors missing or too many, other files, a position that is no longer shared, or
// messages at other places.
// With `stream` as argument: of a stream, read in pieces, as the kernel glues bytes to the message with descriptors behind them.
#include "scm.h"

static int pair[2], kept;
static char *path;

static void fill(void)
{
    int fds[4], inner[2], pipe_ends[2];
    must(send(pair[0], "before", 6, 0));
    must(pipe(pipe_ends));
    must(write(pipe_ends[1], "in the pipe", 11));
    fds[0] = kept;
    fds[1] = pipe_ends[0];
    fds[2] = pipe_ends[1];
    send_fds(pair[0], "files", fds, 3);
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, inner));
    must(pipe(fds));
    must(write(fds[1], "deep", 4));
    send_fds(inner[0], "inner", fds, 1);
    close(fds[0]), close(fds[1]);
    send_fds(pair[0], "socket", inner, 2); // both ends of the inner pair, with a descriptor in flight between them
    close(inner[0]), close(inner[1]);
    close(pipe_ends[0]), close(pipe_ends[1]);
    must(send(pair[0], "after", 5, 0));
}

static void setup(void)
{
    path = side_path(".flight");
    kept = must(open(path, O_RDWR | O_CREAT, 0600));
    pattern_write(kept, 1000, 1);
    must(lseek(kept, 10, SEEK_SET));
    must(socketpair(AF_UNIX, prog.argc > 0 ? SOCK_STREAM : SOCK_SEQPACKET, 0, pair));
    fill();
}

static void sabotage(void)
{
    int fd = must(open(path, O_RDWR)); // of the same file, but not the same description as the one in flight
    must(lseek(fd, 10, SEEK_SET));
    must(dup2(fd, kept));
    close(fd);
}

static void check(void)
{
    int fds[MOST_FDS], inner[MOST_FDS], deep[MOST_FDS];
    char buffer[64] = "";
    expect_eq("plain message", recv(pair[1], buffer, 6, MSG_DONTWAIT), 6);
    expect_str("plain message", buffer, "before");
    expect_eq("descriptors of the first message", receive_fds(pair[1], "files", fds, NULL), 3);
    expect_eq("descriptors of the second message", receive_fds(pair[1], "socket", inner, NULL), 2);
    if (prog.failed)
        return;
    expect_eq("position of the file in flight", lseek(fds[0], 0, SEEK_CUR), 10);
    must(lseek(kept, 20, SEEK_SET));
    expect_eq("position, moved by the duplicate", lseek(fds[0], 0, SEEK_CUR), 20);
    must(lseek(kept, 10, SEEK_SET));
    expect_file_pattern("file in flight", fds[0], 0, 1000, 1);
    expect_eq("bytes in the pipe in flight", read_now(fds[1], buffer, sizeof(buffer)), 11);
    expect_mem("bytes in the pipe in flight", buffer, "in the pipe", 11);
    must(write(fds[2], "more", 4));
    expect_eq("bytes from its other end", read_now(fds[1], buffer, sizeof(buffer)), 4);
    expect_eq("descriptors in flight in the socket in flight", receive_fds(inner[1], "inner", deep, NULL), 1);
    if (prog.failed)
        return;
    expect_eq("bytes in the deepest pipe", read_now(deep[0], buffer, sizeof(buffer)), 4);
    memset(buffer, 0, sizeof(buffer));
    expect_eq("plain message at the end", recv(pair[1], buffer, sizeof(buffer), MSG_DONTWAIT), 5);
    expect_str("plain message at the end", buffer, "after");
    expect_errno("the drained socket", recv(pair[1], buffer, 1, MSG_DONTWAIT), EAGAIN);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    close(inner[0]), close(inner[1]), close(deep[0]);
    fill();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
