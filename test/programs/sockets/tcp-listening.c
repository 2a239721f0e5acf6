// SPDX-License-Identifier: GPL-2.0-only
// Listening TCP sockets: IPv4 and IPv6 on loopback, IPv6 on any address with and without V6ONLY, two that share a port by
// SO_REUSEPORT, one shared with a child. With the argument "mptcp" all are MPTCP ones, as Go's servers have them.
// A wrong restore is noticed as a client that cannot connect, another port, backlog, protocol or option, or connections
// that reach another socket.
#include "sockets.h"

static struct listener {
    const char *name;
    int family, backlog;
    bool any, v6only, reuse_port;
    int fd;
    struct address address;
} listeners[] = {
    {.name = "IPv4", .family = AF_INET, .backlog = 7},
    {.name = "IPv6", .family = AF_INET6, .backlog = 128},
    {.name = "IPv6 any, V6ONLY", .family = AF_INET6, .backlog = 1, .any = true, .v6only = true},
    {.name = "IPv6 any, both", .family = AF_INET6, .backlog = 5, .any = true},
    {.name = "shared port, first", .family = AF_INET, .backlog = 5, .reuse_port = true},
    {.name = "shared port, second", .family = AF_INET, .backlog = 6, .reuse_port = true},
};
static int protocol;
static const struct option options[] = {
    {"SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, 1},   {"SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, 1},
    {"SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, 50000},     {"TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY, 1},
    {"TCP_KEEPIDLE", IPPROTO_TCP, TCP_KEEPIDLE, 77}, {"TCP_KEEPINTVL", IPPROTO_TCP, TCP_KEEPINTVL, 11},
    {"TCP_KEEPCNT", IPPROTO_TCP, TCP_KEEPCNT, 4},
};

static void handler(const char *question)
{
    if (asked(question, "accept", NULL)) {
        int fd = accept(listeners[0].fd, NULL, NULL);
        expect(fd >= 0 && write(fd, "child", 5) == 5, "the child cannot accept: %s", strerror(errno));
        close(fd);
    }
}

static void setup(void)
{
    protocol = prog.argc && !strcmp(prog.argv[0], "mptcp") ? IPPROTO_MPTCP : 0;
    for (size_t i = 0; i < ARRAY_LEN(listeners); i++) {
        struct listener *l = &listeners[i];
        l->fd = socket(l->family, SOCK_STREAM | SOCK_CLOEXEC, protocol);
        if (l->fd < 0 && (errno == EAFNOSUPPORT || protocol))
            skip("needs %s: %s", protocol ? "MPTCP" : "IPv6", strerror(errno));
        must(l->fd);
        l->address = i == 5 ? listeners[4].address : loopback(l->family, 0);
        if (l->any)
            ((struct sockaddr_in6 *)&l->address.storage)->sin6_addr = in6addr_any;
        if (l->family == AF_INET6)
            must(setsockopt(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){l->v6only}, sizeof(int)));
        if (l->reuse_port)
            must(setsockopt(l->fd, SOL_SOCKET, SO_REUSEPORT, &(int){1}, sizeof(int)));
        set_options(l->fd, options, ARRAY_LEN(options));
        if (i == 5)
            must(bind(l->fd, as_sockaddr(&l->address), l->address.len));
        else if (bind_own_port(l->fd, &l->address) && errno == EADDRNOTAVAIL)
            skip("needs the loopback address of %s", l->name);
        must(listen(l->fd, l->backlog));
        l->address = local_name(l->fd);
        if (l->family == AF_INET6) // bound to one IPv6 address it becomes so by itself
            l->v6only = get_option(l->fd, IPPROTO_IPV6, IPV6_V6ONLY);
    }
    set_nonblock(listeners[1].fd);
    fork_server("child", handler);
}

static void sabotage(void)
{
    must(listen(listeners[1].fd, 3));
}

static int connect_at(struct address to)
{
    int fd = must(socket(to.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (connect(fd, as_sockaddr(&to), to.len)) {
        close(fd);
        return -1;
    }
    return fd;
}

static int connect_to(struct listener *l, int family)
{
    return connect_at(loopback(family, port_of(&l->address)));
}

// The IPv4 port of the same number is free, and another program may listen there, but not at this address.
static void refuses_ipv4(struct listener *l)
{
    struct address to = loopback(AF_INET, port_of(&l->address));
    ((struct sockaddr_in *)&to.storage)->sin_addr.s_addr = htonl(INADDR_LOOPBACK + 0x4d4d4d);
    expect_errno("IPv4 to the V6ONLY one", connect_at(to), ECONNREFUSED);
}

static void try(struct listener *l, int family)
{
    char byte = 0;
    int from = connect_to(l, family), to;
    expect(from >= 0, "%s: cannot connect: %s", l->name, strerror(errno));
    if (from < 0)
        return;
    expect((to = accept(l->fd, NULL, NULL)) >= 0, "%s: cannot accept: %s", l->name, strerror(errno));
    must(write(from, "!", 1));
    expect(to >= 0 && wait_for(recv(to, &byte, 1, MSG_DONTWAIT) == 1, 2000), "%s: nothing arrives", l->name);
    expect_eq("TCP_NODELAY, inherited", get_option(to, IPPROTO_TCP, TCP_NODELAY), 1);
    close(from);
    close(to);
}

static void check(void)
{
    for (size_t i = 0; i < ARRAY_LEN(listeners); i++) {
        struct listener *l = &listeners[i];
        struct tcp_info info = {0};
        socklen_t len = sizeof(info);
        expect_name(l->name, l->fd, &l->address);
        expect_options(l->name, l->fd, options, ARRAY_LEN(options));
        expect_eq("protocol", get_option(l->fd, SOL_SOCKET, SO_PROTOCOL), protocol ? protocol : IPPROTO_TCP);
        expect_eq("SO_REUSEPORT", get_option(l->fd, SOL_SOCKET, SO_REUSEPORT), l->reuse_port);
        if (l->family == AF_INET6)
            expect_eq("IPV6_V6ONLY", get_option(l->fd, IPPROTO_IPV6, IPV6_V6ONLY), l->v6only);
        must(getsockopt(l->fd, IPPROTO_TCP, TCP_INFO, &info, &len));
        expect_eq("state (10 is LISTEN)", info.tcpi_state, 10);
        expect_eq("backlog", info.tcpi_sacked, l->backlog); // so says the kernel of a listening socket
        if (!l->reuse_port)
            try(l, l->family);
    }
    expect(fcntl(listeners[1].fd, F_GETFL) & O_NONBLOCK, "the IPv6 one is not nonblocking");
    if (prog.failed)
        return;
    try(&listeners[3], AF_INET);
    refuses_ipv4(&listeners[2]);
    char text[8] = "";
    int from = connect_to(&listeners[0], AF_INET);
    ask("child", "accept");
    expect(wait_for(recv(from, text, 5, MSG_DONTWAIT) == 5, 2000) && !strcmp(text, "child"), "nothing comes from the child");
    close(from);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
