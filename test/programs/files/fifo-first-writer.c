// SPDX-License-Identifier: GPL-2.0-only
// Read ends of FIFOs that wait for their first writer, which poll(2) tells no hang-up; beside them one whose writer has gone, which
// is told one, and one whose writer is there.
// A wrong restore is noticed as a hang-up of a writer that never came (a server would spin on it, or leave), or as one that is lost.
#include "fds.h"
#include <poll.h>

#define WAITING 3

static int waiting[WAITING], left, met, writer;
static char *paths[WAITING + 2];

static short told(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    must(poll(&one, 1, 0));
    return one.revents;
}

static int reader(int i)
{
    paths[i] = side_path(".fifo-%d", i);
    must(mkfifo(paths[i], 0640));
    return must(open(paths[i], O_RDONLY | O_NONBLOCK));
}

static void setup(void)
{
    for (int i = 0; i < WAITING; i++)
        waiting[i] = reader(i);
    must(fcntl(waiting[1], F_SETPIPE_SZ, 16384));
    must(fcntl(waiting[2], F_SETFL, 0)); // it was opened without waiting, and waits when it reads
    left = reader(WAITING);
    must(close(must(open(paths[WAITING], O_WRONLY))));
    met = reader(WAITING + 1);
    writer = must(open(paths[WAITING + 1], O_WRONLY));
}

static void sabotage(void)
{
    must(close(must(open(paths[0], O_WRONLY))));
}

static void check(void)
{
    for (int i = 0; i < WAITING; i++)
        expect_eq("what poll(2) tells who waits for the first writer", told(waiting[i]), 0);
    expect_eq("a FIFO's capacity", must(fcntl(waiting[1], F_GETPIPE_SZ)), 16384);
    expect_eq("a FIFO that waits when it is read", must(fcntl(waiting[2], F_GETFL)) & O_NONBLOCK, 0);
    expect_eq("a FIFO that does not wait", must(fcntl(waiting[1], F_GETFL)) & O_NONBLOCK, O_NONBLOCK);
    expect_eq("what poll(2) tells whose writer has left", told(left), POLLHUP);
    expect_eq("what poll(2) tells whose writer is there", told(met), 0);
    must(close(writer));
    expect_eq("what poll(2) tells when the writer has left", told(met), POLLHUP);
    writer = must(open(paths[WAITING + 1], O_WRONLY));
    // The first writer comes and goes: that is told. Opened anew it waits again.
    must(close(must(open(paths[0], O_WRONLY))));
    expect_eq("what poll(2) tells when the first writer has left", told(waiting[0]), POLLHUP);
    must(close(waiting[0]));
    waiting[0] = must(open(paths[0], O_RDONLY | O_NONBLOCK));
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
