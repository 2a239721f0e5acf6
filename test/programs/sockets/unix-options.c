// SPDX-License-Identifier: GPL-2.0-only
// Options of unix sockets: buffer sizes, time limits, priority, SO_PASSCRED; messages waiting with their sender's
// credentials (of the leader and of a child that lives). A wrong restore is noticed as another value, or other
// credentials with a message sent before.
#include "scm.h"

static int pair[2];
static pid_t child;
static struct timeval receive_limit = {3, 250000}, send_limit = {4, 500000};
static const struct option options[] = {
    {"SO_PASSCRED", SOL_SOCKET, SO_PASSCRED, 1}, {"SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, 20000},
    {"SO_SNDBUF", SOL_SOCKET, SO_SNDBUF, 30000}, {"SO_PRIORITY", SOL_SOCKET, SO_PRIORITY, 5},
    {"SO_RCVLOWAT", SOL_SOCKET, SO_RCVLOWAT, 1}, {"SO_PEEK_OFF", SOL_SOCKET, SO_PEEK_OFF, 0},
};

static void handler(const char *question)
{
    if (asked(question, "send", NULL))
        must(send(pair[0], "of the child", 12, 0));
}

static void fill(void)
{
    must(send(pair[0], "of the leader", 13, 0));
    ask("child", "send");
}

static void setup(void)
{
    must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
    set_options(pair[1], options, ARRAY_LEN(options));
    must(setsockopt(pair[1], SOL_SOCKET, SO_RCVTIMEO, &receive_limit, sizeof(receive_limit)));
    must(setsockopt(pair[1], SOL_SOCKET, SO_SNDTIMEO, &send_limit, sizeof(send_limit)));
    child = fork_server("child", handler);
    fill();
}

static void sabotage(void)
{
    must(setsockopt(pair[1], SOL_SOCKET, SO_PRIORITY, &(int){6}, sizeof(int)));
}

static void expect_limit(const char *what, int option, struct timeval *want)
{
    struct timeval is;
    socklen_t len = sizeof(is);
    must(getsockopt(pair[1], SOL_SOCKET, option, &is, &len));
    expect(is.tv_sec == want->tv_sec && labs(is.tv_usec - want->tv_usec) <= 10000, "%s: is %ld.%06ld", what, is.tv_sec,
           is.tv_usec);
}

static void expect_sender(const char *text, pid_t pid)
{
    struct ucred creds = {0};
    int fds[MOST_FDS];
    receive_fds(pair[1], text, fds, &creds);
    expect(creds.pid == pid && creds.uid == getuid() && creds.gid == getgid(), "credentials of '%s': pid %d uid %d gid %d", text,
           creds.pid, creds.uid, creds.gid);
}

static void check(void)
{
    expect_options("pair", pair[1], options, ARRAY_LEN(options));
    expect_eq("SO_PASSCRED of the other end", get_option(pair[0], SOL_SOCKET, SO_PASSCRED), 0);
    expect_limit("SO_RCVTIMEO", SO_RCVTIMEO, &receive_limit);
    expect_limit("SO_SNDTIMEO", SO_SNDTIMEO, &send_limit);
    expect_sender("of the leader", getpid());
    expect_sender("of the child", child);
    fill();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
