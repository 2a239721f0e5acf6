// SPDX-License-Identifier: GPL-2.0-only
// Half-closed pairs: writing shut down with data still to be read, reading shut down, both.
// A wrong restore is noticed as a missing end of file, a write that goes through, or lost data.
#include "sockets.h"

static int writing[2], reading[2], both[2];
static char buffer[1000];

static void make_writing(void)
{
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, writing));
    send_record(writing[0], 300, 'w');
    must(shutdown(writing[0], SHUT_WR));
}

static void setup(void)
{
    signal(SIGPIPE, SIG_IGN);
    make_writing();
    must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, reading));
    must(shutdown(reading[0], SHUT_RD));
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, both));
    must(shutdown(both[0], SHUT_RDWR));
}

static void sabotage(void)
{
    close(writing[0]), close(writing[1]);
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, writing));
    send_record(writing[0], 300, 'w');
}

static void check(void)
{
    expect_errno("write after SHUT_WR", send(writing[0], "x", 1, 0), EPIPE);
    expect_record("data before the end of file", writing[1], 300, 'w');
    expect_eq("end of file", recv(writing[1], buffer, 1, MSG_DONTWAIT), 0);
    must(send(writing[1], "back", 4, 0));
    expect_eq("the other direction", recv(writing[0], buffer, sizeof(buffer), MSG_DONTWAIT), 4);
    close(writing[0]), close(writing[1]);
    make_writing();
    expect_eq("read after SHUT_RD", recv(reading[0], buffer, 1, MSG_DONTWAIT), 0);
    expect_errno("write to an end that does not read", send(reading[1], "x", 1, 0), EPIPE);
    send_record(reading[0], 2, 't');
    expect_record("from the end that does not read", reading[1], 2, 't');
    expect_errno("write after SHUT_RDWR", send(both[0], "x", 1, 0), EPIPE);
    expect_eq("read after SHUT_RDWR", recv(both[0], buffer, 1, MSG_DONTWAIT), 0);
    expect_eq("read at its peer", recv(both[1], buffer, 1, MSG_DONTWAIT), 0);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
