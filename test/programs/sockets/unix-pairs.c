// SPDX-License-Identifier: GPL-2.0-only
// Socket pairs of all three types with data waiting in both directions, one end of another in a child, one pair whose
// far end was closed after it had written. A wrong restore is noticed as data lost, doubled, joined or cut elsewhere, an
// end of file that is missing or early, or another type or flag.
#include "sockets.h"

static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
static const char *const names[] = {"stream", "dgram", "seqpacket"};
static int pairs[3][2], between[2], left[2];
static char buffer[70000];

static void fill(int i)
{
    for (int side = 0; side < 2; side++)
        for (int n = 1; n <= 4; n++)
            send_record(pairs[i][side], n * 1000 + n + side, 'a' + n);
    if (types[i] == SOCK_DGRAM)
        must(send(pairs[i][0], "", 0, 0)); // an empty datagram is one too
}

static void handler(const char *question)
{
    if (asked(question, "echo", NULL)) {
        expect_record("record for the child", between[1], 333, 'q');
        send_record(between[1], 444, 'r');
    }
}

static void make_left(void)
{
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, left));
    must(write(left[1], "last words", 10));
    close(left[1]);
}

static void setup(void)
{
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < 3; i++) {
        must(socketpair(AF_UNIX, types[i] | (i == 1 ? SOCK_NONBLOCK : SOCK_CLOEXEC), 0, pairs[i]));
        fill(i);
    }
    must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, between));
    fork_server("child", handler);
    close(between[1]);
    make_left();
}

static void sabotage(void)
{
    must(recv(pairs[1][0], buffer, sizeof(buffer), 0));
}

static void check(void)
{
    for (int i = 0; i < 3; i++) {
        for (int side = 0; side < 2; side++) {
            int fd = pairs[i][!side]; // reads what `side` sent
            expect_eq(names[i], get_option(fd, SOL_SOCKET, SO_TYPE), types[i]);
            expect_eq(names[i], fcntl(fd, F_GETFD), i == 1 ? 0 : FD_CLOEXEC);
            expect_eq(names[i], !!(fcntl(fd, F_GETFL) & O_NONBLOCK), i == 1);
            for (int n = 1; n <= 4; n++) {
                if (types[i] == SOCK_STREAM) {
                    expect_eq("bytes of the stream", recv(fd, buffer, n * 1000 + n + side, MSG_DONTWAIT | MSG_WAITALL),
                              n * 1000 + n + side);
                    expect_eq("byte of the stream", buffer[500], 'a' + n);
                } else {
                    expect_record(names[i], fd, n * 1000 + n + side, 'a' + n);
                }
            }
            if (types[i] == SOCK_DGRAM && side == 0)
                expect_record("empty datagram", fd, 0, 0);
            expect_errno("the drained pair", recv(fd, buffer, 1, MSG_DONTWAIT), EAGAIN);
        }
        if (!prog.failed)
            fill(i);
    }
    send_record(between[0], 333, 'q');
    ask("child", "echo");
    expect_record("record of the child", between[0], 444, 'r');
    expect_eq("bytes left by a closed end", recv(left[0], buffer, sizeof(buffer), MSG_DONTWAIT), 10);
    expect_mem("bytes left by a closed end", buffer, "last words", 10);
    expect_eq("end of file after them", recv(left[0], buffer, 1, MSG_DONTWAIT), 0);
    expect_errno("write to the closed end", send(left[0], "x", 1, 0), EPIPE);
    close(left[0]);
    make_left();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
