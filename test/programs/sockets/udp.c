// SPDX-License-Identifier: GPL-2.0-only
// UDP sockets of both families: bound, connected to each other, and a fresh one with options.
// With the argument "queued" datagrams wait in the bound ones. A wrong restore is noticed as another address, peer or
// option, a datagram that does not arrive or comes from another port, or queued ones lost, doubled or joined.
#include "sockets.h"

static bool queued;
static struct pair {
    const char *name;
    int family, bound, connected;
    struct address bound_name, connected_name;
} pairs[] = {{.name = "IPv4", .family = AF_INET}, {.name = "IPv6", .family = AF_INET6}};
static int fresh;
static const struct option options[] = {
    {"SO_BROADCAST", SOL_SOCKET, SO_BROADCAST, 1},
    {"SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, 1},
    {"SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, 90000},
    {"SO_PRIORITY", SOL_SOCKET, SO_PRIORITY, 3},
    {"IP_TTL", IPPROTO_IP, IP_TTL, 33},
    {"IP_PKTINFO", IPPROTO_IP, IP_PKTINFO, 1},
    {"IP_MULTICAST_TTL", IPPROTO_IP, IP_MULTICAST_TTL, 9},
    {"IP_MULTICAST_LOOP", IPPROTO_IP, IP_MULTICAST_LOOP, 0},
    {"IP_RECVTTL", IPPROTO_IP, IP_RECVTTL, 1},
    {"UDP_SEGMENT", IPPROTO_UDP, 103, 1200},
};

static void fill(struct pair *p)
{
    send_record(p->connected, 100, 'a');
    send_record(p->connected, 1, 'b');
    must(send(p->connected, "", 0, 0));
    send_record(p->connected, 5000, 'c');
}

static void setup(void)
{
    queued = prog.argc && !strcmp(prog.argv[0], "queued");
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        struct pair *p = &pairs[i];
        struct address any = loopback(p->family, 0);
        p->bound = socket(p->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (p->bound < 0)
            skip("needs %s: %s", p->name, strerror(errno));
        if (bind_own_port(p->bound, &any))
            skip("needs the loopback address of %s: %s", p->name, strerror(errno));
        p->bound_name = local_name(p->bound);
        p->connected = must(socket(p->family, SOCK_DGRAM | SOCK_NONBLOCK, 0));
        must(connect(p->connected, as_sockaddr(&p->bound_name), p->bound_name.len));
        p->connected_name = local_name(p->connected);
        if (queued)
            fill(p);
    }
    fresh = must(socket(AF_INET, SOCK_DGRAM, 0));
    set_options(fresh, options, ARRAY_LEN(options));
}

static void sabotage(void)
{
    char byte;
    if (queued)
        must(recv(pairs[1].bound, &byte, 1, 0));
    else
        must(connect(pairs[1].connected, &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr)));
}

static void expect_from(struct pair *p, ssize_t len, char mark)
{
    char buffer[6000] = "";
    struct address from = {.len = sizeof(from.storage)};
    ssize_t is = -1;
    wait_for((is = recvfrom(p->bound, buffer, sizeof(buffer), MSG_DONTWAIT, as_sockaddr(&from), &from.len)) >= 0, 2000);
    expect(is == len && (len == 0 || buffer[0] == mark), "%s: datagram '%c' of %zd bytes: is '%c' of %zd", p->name, mark, len,
           buffer[0], is);
    expect_eq("sender's port", port_of(&from), port_of(&p->connected_name));
}

static void check(void)
{
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        struct pair *p = &pairs[i];
        struct address peer = {.len = sizeof(peer.storage)};
        expect_name(p->name, p->bound, &p->bound_name);
        expect_name(p->name, p->connected, &p->connected_name);
        expect(!getpeername(p->connected, as_sockaddr(&peer), &peer.len) && port_of(&peer) == port_of(&p->bound_name),
               "%s: the connected one has another peer", p->name);
        expect_eq("close-on-exec", fcntl(p->bound, F_GETFD), FD_CLOEXEC);
        expect(fcntl(p->connected, F_GETFL) & O_NONBLOCK, "%s: not nonblocking", p->name);
        if (prog.failed)
            return;
        if (!queued)
            fill(p);
        expect_from(p, 100, 'a');
        expect_from(p, 1, 'b');
        expect_from(p, 0, 0);
        expect_from(p, 5000, 'c');
        expect_errno("the drained socket", recv(p->bound, &(char){0}, 1, MSG_DONTWAIT), EAGAIN);
        if (queued)
            fill(p);
    }
    expect_options("fresh", fresh, options, ARRAY_LEN(options));
    struct address none = local_name(fresh);
    expect_eq("port of the fresh one", port_of(&none), 0);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
