// SPDX-License-Identifier: GPL-2.0-only
// A description shared by two siblings that no fork gave to both: it was sent over a socket that is closed since.
// A wrong restore is noticed as a position that the other does not see, or as one shared with the file opened again.
#include "../sockets/scm.h"

static int pair[2], fd = -1, own = -1;
static char *path;

static void handler(const char *question)
{
    const char *rest;
    int fds[MOST_FDS];
    if (asked(question, "open", NULL)) {
        fd = must(open(path, O_RDWR));
        must(lseek(fd, 1000, SEEK_SET));
        send_fds(pair[0], "it", &fd, 1);
        close(pair[0]), close(pair[1]);
    } else if (asked(question, "receive", NULL)) {
        expect(wait_for(recv(pair[1], &(char){0}, 1, MSG_PEEK | MSG_DONTWAIT) == 1, 5000), "nothing is sent");
        expect_eq("descriptors", receive_fds(pair[1], "it", fds, NULL), 1);
        fd = must(dup2(fds[0], 222));
        close(fds[0]);
        own = must(open(path, O_RDWR | O_CLOEXEC));
        close(pair[0]), close(pair[1]);
    } else if (asked(question, "expect", &rest)) {
        expect_eq("position", lseek(fd, 0, SEEK_CUR), atoi(rest));
        if (own >= 0)
            expect_eq("position of its own description", lseek(own, 0, SEEK_CUR), 0);
    } else if (asked(question, "seek", &rest)) {
        must(lseek(fd, atoi(rest), SEEK_SET));
    } else if (asked(question, "sabotage", NULL)) {
        must(dup2(own, fd));
        must(lseek(fd, 1000, SEEK_SET));
    }
}

static void setup(void)
{
    path = side_path(".sent");
    close(must(creat(path, 0600)));
    must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
    fork_server("sender", handler);
    fork_server("receiver", handler);
    close(pair[0]), close(pair[1]);
    ask("sender", "open");
    ask("receiver", "receive");
}

static void sabotage(void)
{
    ask("receiver", "sabotage");
}

static void check(void)
{
    ask("sender", "expect 1000");
    ask("receiver", "expect 1000");
    ask("sender", "seek %d", prog.round);
    ask("receiver", "expect %d", prog.round);
    ask("receiver", "seek 1000");
    ask("sender", "expect 1000");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
