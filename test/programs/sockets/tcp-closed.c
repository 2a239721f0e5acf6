// SPDX-License-Identifier: GPL-2.0-only
// TCP sockets that are not connected: fresh ones, bound ones (to a port that nobody else may take), with options set.
// A wrong restore is noticed as another option or port, a port that another can bind, or a socket that cannot listen.
#include "sockets.h"

static int fresh, fresh6, bound, bound6;
static struct address names[2];
static const struct option options[] = {
    {"SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, 1}, {"SO_SNDBUF", SOL_SOCKET, SO_SNDBUF, 60000},
    {"SO_OOBINLINE", SOL_SOCKET, SO_OOBINLINE, 1}, {"TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY, 1},
    {"IP_FREEBIND", IPPROTO_IP, IP_FREEBIND, 1},   {"TCP_DEFER_ACCEPT", IPPROTO_TCP, TCP_DEFER_ACCEPT, 3},
    {"IP_MTU_DISCOVER", IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO},
    {"TCP_SYNCNT", IPPROTO_TCP, TCP_SYNCNT, 3},    {"TCP_LINGER2", IPPROTO_TCP, TCP_LINGER2, 17},
    {"IP_TOS", IPPROTO_IP, IP_TOS, 0x10},          {"SO_PRIORITY", SOL_SOCKET, SO_PRIORITY, 4}, // IP_TOS changes it
};

static void setup(void)
{
    fresh = must(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    fresh6 = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fresh6 < 0)
        skip("needs IPv6: %s", strerror(errno));
    set_options(fresh, options, ARRAY_LEN(options));
    bound = must(socket(AF_INET, SOCK_STREAM, 0));
    bound6 = must(socket(AF_INET6, SOCK_STREAM, 0));
    names[0] = loopback(AF_INET, 0);
    names[1] = loopback(AF_INET6, 0);
    must(bind_own_port(bound, &names[0]));
    must(bind_own_port(bound6, &names[1]));
}

static void sabotage(void)
{
    must(setsockopt(fresh, IPPROTO_IP, IP_TOS, &(int){0}, sizeof(int)));
}

static void check(void)
{
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        int is = get_option(fresh, options[i].level, options[i].option), want = options[i].value;
        if (options[i].option == SO_SNDBUF && options[i].level == SOL_SOCKET)
            want *= 2;
        // Kept in seconds of a doubling series: only whether it is on counts.
        if (options[i].option == TCP_DEFER_ACCEPT && options[i].level == IPPROTO_TCP)
            expect(is >= want, "TCP_DEFER_ACCEPT is %d", is);
        else
            expect(is == want, "option %s: expected %d, is %d", options[i].name, want, is);
    }
    expect(fcntl(fresh, F_GETFL) & O_NONBLOCK && fcntl(fresh6, F_GETFD) == FD_CLOEXEC, "descriptor flags differ");
    expect_eq("domain of the fresh IPv6 one", get_option(fresh6, SOL_SOCKET, SO_DOMAIN), AF_INET6);
    struct address none = local_name(fresh);
    expect_eq("port of the fresh one", port_of(&none), 0);
    expect_name("bound", bound, &names[0]);
    expect_name("bound, IPv6", bound6, &names[1]);
    int other = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    expect_errno("another bind of the port", bind(other, as_sockaddr(&names[0]), names[0].len), EADDRINUSE);
    close(other);
    // It can still listen; after that it is not one that is bound only, so a new one takes its place.
    must(listen(bound, 3));
    other = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    expect(!connect(other, as_sockaddr(&names[0]), names[0].len), "connect after listen: %s", strerror(errno));
    close(other);
    close(bound);
    bound = must(socket(AF_INET, SOCK_STREAM, 0));
    names[0] = loopback(AF_INET, 0);
    must(bind_own_port(bound, &names[0]));
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
