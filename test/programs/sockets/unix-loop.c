// SPDX-License-Identifier: GPL-2.0-only
// A socket in flight in itself: each end of a pair has the other (and its own) end waiting in its queue.
// A wrong restore is noticed as descriptors missing, or that are not the ends they were.
#include "scm.h"

static int pair[2];

static void fill(void)
{
    send_fds(pair[0], "both", pair, 2);
    send_fds(pair[1], "one", &pair[1], 1);
}

static void setup(void)
{
    must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
    fill();
}

static void sabotage(void)
{
    int fds[MOST_FDS];
    receive_fds(pair[0], "one", fds, NULL);
    send_fds(pair[1], "one", &pair[0], 1); // the other end
    close(fds[0]);
}

static void expect_same(const char *what, int is, int want)
{
    int same = same_description(getpid(), is, getpid(), want);
    expect(same, "%s: another description", what);
}

static void check(void)
{
    int fds[MOST_FDS], one[MOST_FDS];
    expect_eq("descriptors at the second end", receive_fds(pair[1], "both", fds, NULL), 2);
    expect_eq("descriptors at the first end", receive_fds(pair[0], "one", one, NULL), 1);
    if (prog.failed)
        return;
    expect_same("first end", fds[0], pair[0]);
    expect_same("second end", fds[1], pair[1]);
    expect_same("second end in its own queue", one[0], pair[1]);
    send_record(fds[0], 10, 'x');
    expect_record("through received ends", one[0], 10, 'x');
    close(fds[0]), close(fds[1]), close(one[0]);
    fill();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
