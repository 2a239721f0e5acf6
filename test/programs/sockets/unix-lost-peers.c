// SPDX-License-Identifier: GPL-2.0-only
// Unix sockets whose peers have been closed or have gone elsewhere: what is unread, whom it came from, and the error that waits.
// A wrong restore is noticed as a datagram or its sender's name lost, as a call that fails otherwise than it must, or succeeds.
#include "sockets.h"

#define MANY 20 // more than net.unix.max_dgram_qlen lets wait from others than the peer

static int closed, silent, named_pair[2], late_name, by_name, live[2], stray[2], reset[2], chain[2], targets[2];
static int streams[2], packets, receiver;
static struct address target_addresses[2];

static struct address name(const char *suffix)
{
    char text[100];
    snprintf(text, sizeof(text), "@stasis-lost-%d-%s", getpid(), suffix);
    return unix_address(text);
}

static int bound(struct address *a)
{
    int fd = must(socket(AF_UNIX, SOCK_DGRAM, 0));
    must(bind(fd, as_sockaddr(a), a->len));
    return fd;
}

static void connect_to(int fd, struct address *a)
{
    must(connect(fd, as_sockaddr(a), a->len));
}

static void pair(int type, int *ends)
{
    must(socketpair(AF_UNIX, type, 0, ends));
}

static void close_ends(void)
{
    int all[] = {closed, silent, named_pair[0], named_pair[1], late_name, by_name, live[0], live[1], stray[0], stray[1], reset[0], reset[1],
                 chain[0], chain[1], targets[0], targets[1], streams[0], streams[1], packets, receiver};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        close(all[i]);
}

// With `credentials` as argument: messages bear their senders, so that they can be sent when those exist and not before.
static void ask_credentials(int fd)
{
    if (prog.argc > 0)
        must(setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &(int){1}, sizeof(int)));
}

static void reset_by_peer(int type, bool answer, int *end)
{
    int ends[2];
    pair(type, ends);
    send_record(ends[0], 5, 'u');
    if (answer)
        send_record(ends[1], 7, 'a');
    close(ends[1]);
    *end = ends[0];
}

static void setup(void)
{
    int ends[2];
    struct address a, b;
    pair(SOCK_DGRAM, ends);
    send_record(ends[0], 11, 'c');
    close(ends[0]);
    closed = ends[1];
    pair(SOCK_DGRAM, ends);
    close(ends[0]);
    silent = ends[1];

    pair(SOCK_DGRAM, named_pair);
    send_record(named_pair[0], 12, 'n'); // without a name; what counts is whether it has one when this is read
    a = name("named");
    must(bind(named_pair[0], as_sockaddr(&a), a.len));
    send_record(named_pair[0], 13, 'N');
    send_record(named_pair[1], 14, 'o');

    pair(SOCK_DGRAM, ends);
    ask_credentials(ends[1]);
    send_record(ends[0], 15, 'l');
    a = name("late");
    must(bind(ends[0], as_sockaddr(&a), a.len));
    send_record(ends[0], 16, 'L');
    close(ends[0]);
    late_name = ends[1];

    a = unix_address(side_path(".gone"));
    b = name("by-name");
    int peer = bound(&a);
    by_name = bound(&b);
    ask_credentials(by_name);
    int stranger = must(socket(AF_UNIX, SOCK_DGRAM, 0));
    must(sendto(stranger, "first", 5, 0, as_sockaddr(&b), b.len));
    close(stranger);
    connect_to(by_name, &a);
    connect_to(peer, &b);
    for (int i = 0; i < MANY; i++)
        send_record(peer, 20 + i, 'b');
    close(peer);
    must(unlink(side_path(".gone")));

    struct address ends_of_live[2] = {name("live-0"), name("live-1")};
    for (int i = 0; i < 2; i++)
        live[i] = bound(&ends_of_live[i]);
    ask_credentials(live[1]);
    for (int i = 0; i < 2; i++)
        connect_to(live[i], &ends_of_live[!i]);
    for (int i = 0; i < MANY; i++)
        send_record(live[0], 50 + i, 'v');

    for (int i = 0; i < 2; i++) {
        target_addresses[i] = name(i ? "target-1" : "target-0");
        targets[i] = bound(&target_addresses[i]);
    }
    pair(SOCK_DGRAM, stray);
    send_record(stray[1], 17, 's');
    connect_to(stray[1], &target_addresses[0]);
    send_record(stray[1], 18, 'S');
    pair(SOCK_DGRAM, reset);
    send_record(reset[0], 19, 'r');
    connect_to(reset[1], &target_addresses[0]);

    a = name("chain");
    chain[0] = bound(&a);
    chain[1] = must(socket(AF_UNIX, SOCK_DGRAM, 0));
    connect_to(chain[1], &a);
    connect_to(chain[0], &target_addresses[1]); // from here on nobody else could connect to it

    reset_by_peer(SOCK_STREAM, false, &streams[0]);
    reset_by_peer(SOCK_STREAM, true, &streams[1]);
    reset_by_peer(SOCK_SEQPACKET, false, &packets);

    a = unix_address(side_path(".receiver"));
    unlink(side_path(".receiver"));
    receiver = bound(&a);
    ask_credentials(receiver);
    for (int i = 0; i < 2; i++) {
        b = unix_address(side_path(".sender-%d", i));
        unlink(side_path(".sender-%d", i));
        int sender = bound(&b);
        for (int nth = 0; nth < 2; nth++)
            must(sendto(sender, "datagram", 2 * i + nth + 1, 0, as_sockaddr(&a), a.len));
        close(sender);
    }
    must(unlink(side_path(".sender-0"))); // the other one is left behind, as is usual
}

static void sabotage(void)
{
    must(recv(closed, &(char){0}, 1, 0));
    send(closed, "x", 1, 0);
}

static void expect_from(const char *what, int fd, ssize_t len, struct address *want)
{
    char text[400];
    struct address from = {.len = sizeof(from.storage)};
    expect_eq(what, recvfrom(fd, text, sizeof(text), MSG_DONTWAIT, as_sockaddr(&from), &from.len), len);
    expect_eq(what, from.len, want ? want->len : 0);
    if (want)
        expect_mem(what, &from.storage, &want->storage, want->len);
}

static void expect_peer(const char *what, int fd, struct address *want)
{
    struct address is = {.len = sizeof(is.storage)};
    expect(!getpeername(fd, as_sockaddr(&is), &is.len), "%s: getpeername: %s", what, strerror(errno));
    expect_eq(what, is.len, want->len);
    expect_mem(what, &is.storage, &want->storage, want->len);
}

// Its peer is gone: that is told once, and then there is none.
static void expect_lost(const char *what, int fd)
{
    expect_errno(what, recv(fd, &(char){0}, 1, MSG_DONTWAIT), EAGAIN);
    expect_errno(what, send(fd, "x", 1, MSG_NOSIGNAL), ECONNREFUSED);
    expect_errno(what, send(fd, "x", 1, MSG_NOSIGNAL), ENOTCONN);
}

static void check(void)
{
    struct address a;
    expect_from("closed end", closed, 11, NULL);
    expect_lost("closed end", closed);
    expect_lost("silent end", silent);

    a = name("named");
    expect_from("before its name", named_pair[1], 12, &a);
    expect_from("with its name", named_pair[1], 13, &a);
    expect_name("named end", named_pair[0], &a);
    expect_peer("peer of the named end's pair", named_pair[1], &a);
    expect_record("to the named end", named_pair[0], 14, 'o');
    expect_eq("send to the named end", send(named_pair[1], "x", 1, 0), 1);
    expect_eq("send from the named end", send(named_pair[0], "x", 1, 0), 1);

    a = name("late");
    expect_from("closed, before its name", late_name, 15, &a);
    expect_from("closed, with its name", late_name, 16, &a);
    expect_lost("closed, named late", late_name);

    a = unix_address(side_path(".gone"));
    expect_from("before the peer", by_name, 5, NULL);
    expect_peer("closed peer by name", by_name, &a);
    for (int i = 0; i < MANY; i++)
        expect_from("from the closed peer", by_name, 20 + i, &a);
    expect_lost("closed peer by name", by_name);

    a = name("live-0");
    for (int i = 0; i < MANY; i++)
        expect_from("from the peer", live[1], 50 + i, &a);
    expect_eq("send to the peer", send(live[1], "x", 1, 0), 1);

    expect_record("before it left its pair", stray[0], 17, 's');
    expect_errno("to the one that left", send(stray[0], "x", 1, 0), EPERM);
    expect_record("after it left its pair", targets[0], 18, 'S');
    expect_eq("error of the one left behind", get_option(reset[0], SOL_SOCKET, SO_ERROR), ECONNRESET);
    expect_eq("the error is told once", get_option(reset[0], SOL_SOCKET, SO_ERROR), 0);
    expect_peer("the one that left", reset[1], &target_addresses[0]);
    a = name("chain");
    expect_peer("first of a chain", chain[1], &a);
    expect_peer("second of a chain", chain[0], &target_addresses[1]);

    expect_errno("reset stream", recv(streams[0], &(char){0}, 1, MSG_DONTWAIT), ECONNRESET);
    expect_eq("reset stream, once told", recv(streams[0], &(char){0}, 1, MSG_DONTWAIT), 0);
    expect_record("stream with data", streams[1], 7, 'a');
    expect_errno("stream with data", recv(streams[1], &(char){0}, 1, MSG_DONTWAIT), ECONNRESET);
    expect_errno("reset packets", recv(packets, &(char){0}, 1, MSG_DONTWAIT), ECONNRESET);

    for (int i = 0; i < 2; i++) {
        a = unix_address(side_path(".sender-%d", i));
        for (int nth = 0; nth < 2; nth++)
            expect_from("from a closed sender", receiver, 2 * i + nth + 1, &a);
    }
    expect_errno("path of the closed sender that was removed", access(side_path(".sender-0"), F_OK), ENOENT);
    expect_eq("path of the closed sender that was left", access(side_path(".sender-1"), F_OK), 0);
    close_ends();
    setup();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
