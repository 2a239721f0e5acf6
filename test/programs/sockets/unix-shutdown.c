// SPDX-License-Identifier: GPL-2.0-only
// Half-closed pairs: writing shut down with data still to be read, reading shut down with data and without, both; a listening socket and one that was never
// connected, shut down too.
// A wrong restore is noticed as a missing end of file, a write that goes through, lost data, or a connection that is taken.
#include "sockets.h"
#include <poll.h>

static int writing[2], reading[2], filled[2], both[2];
static int listening, lone;
static char buffer[1000];

static void make_writing(void)
{
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, writing));
    send_record(writing[0], 300, 'w');
    must(shutdown(writing[0], SHUT_WR));
}

// What was there before can still be read.
static void make_filled(void)
{
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, filled));
    send_record(filled[1], 200, 'f');
    must(shutdown(filled[0], SHUT_RD));
}

static void setup(void)
{
    signal(SIGPIPE, SIG_IGN);
    make_writing();
    make_filled();
    must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, reading));
    must(shutdown(reading[0], SHUT_RD));
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, both));
    must(shutdown(both[0], SHUT_RDWR));
    // Without a name: the kernel finds one that nobody has (unix_autobind).
    struct sockaddr_un any = {.sun_family = AF_UNIX};
    listening = must(socket(AF_UNIX, SOCK_STREAM, 0));
    must(bind(listening, (struct sockaddr *)&any, sizeof(any.sun_family)));
    must(listen(listening, 2));
    must(shutdown(listening, SHUT_RD));
    lone = must(socket(AF_UNIX, SOCK_SEQPACKET, 0));
    must(shutdown(lone, SHUT_RD));
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
    expect_record("data of before SHUT_RD", filled[0], 200, 'f');
    expect_eq("and nothing behind it", recv(filled[0], buffer, 1, MSG_DONTWAIT), 0);
    expect_errno("write to an end that has shut down reading", send(filled[1], "x", 1, 0), EPIPE);
    close(filled[0]), close(filled[1]);
    make_filled();
    expect_eq("read after SHUT_RD", recv(reading[0], buffer, 1, MSG_DONTWAIT), 0);
    expect_errno("write to an end that does not read", send(reading[1], "x", 1, 0), EPIPE);
    send_record(reading[0], 2, 't');
    expect_record("from the end that does not read", reading[1], 2, 't');
    expect_errno("write after SHUT_RDWR", send(both[0], "x", 1, 0), EPIPE);
    expect_eq("read after SHUT_RDWR", recv(both[0], buffer, 1, MSG_DONTWAIT), 0);
    expect_eq("read at its peer", recv(both[1], buffer, 1, MSG_DONTWAIT), 0);
    struct sockaddr_un name;
    socklen_t length = sizeof(name);
    must(getsockname(listening, (struct sockaddr *)&name, &length));
    int client = must(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
    expect_errno("connect to a listener that was shut down", connect(client, (struct sockaddr *)&name, length), ECONNREFUSED);
    must(close(client));
    struct pollfd one = {.fd = lone, .events = POLLRDHUP};
    must(poll(&one, 1, 0));
    expect_eq("SHUT_RD without a peer", one.revents & POLLRDHUP, POLLRDHUP);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
