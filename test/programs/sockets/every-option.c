// SPDX-License-Identifier: GPL-2.0-only
// Options of sockets, each of which a socket of its own has changed: every option of every level that getsockopt(2) tells as an
// int and that lets itself be changed, of six kinds of sockets; and those of eight bytes.
// A wrong restore is noticed as an option with another value.
#include "../common.h"
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define MOST 1024
#define SO_MAX_PACING_RATE_ 47
#define SO_TXTIME_ 61

static const struct {
    const char *name;
    int family, type;
} kinds[] = {
    {"UDP", AF_INET, SOCK_DGRAM},   {"UDP over IPv6", AF_INET6, SOCK_DGRAM},     {"TCP", AF_INET, SOCK_STREAM},
    {"TCP over IPv6", AF_INET6, SOCK_STREAM}, {"unix datagram", AF_UNIX, SOCK_DGRAM}, {"unix stream", AF_UNIX, SOCK_STREAM},
};

static const struct {
    int level, last;
} levels[] = {{SOL_SOCKET, 90}, {IPPROTO_IP, 60}, {IPPROTO_TCP, 46}, {IPPROTO_IPV6, 85}, {IPPROTO_UDP, 110}};

// What is no state of the socket, is told by others, or is what makes it another kind: with the reason.
static const struct {
    int level, name;
} passed_over[] = {
    {SOL_SOCKET, 7},      {SOL_SOCKET, 8},   // SO_SNDBUF, SO_RCVBUF: told doubled; unix-options and udp have them
    {SOL_SOCKET, 32},     {SOL_SOCKET, 33},  // SO_SNDBUFFORCE, SO_RCVBUFFORCE: the same
    {SOL_SOCKET, 26},     {SOL_SOCKET, 27},  // SO_ATTACH_FILTER, SO_DETACH_FILTER: programs
    {SOL_SOCKET, 44},                        // SO_LOCK_FILTER: cannot be taken back
    {SOL_SOCKET, 49},                        // SO_INCOMING_CPU: the kernel overwrites it
    {SOL_SOCKET, 50},     {SOL_SOCKET, 51},  // SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_CBPF
    {IPPROTO_IP, 17},     {IPPROTO_IP, 35},  // IP_XFRM_POLICY, IP_ADD_MEMBERSHIP
    {IPPROTO_IPV6, 34},   {IPPROTO_IPV6, 36},// IPV6_IPSEC_POLICY, IPV6_HDRINCL
    {IPPROTO_TCP, 3},     {IPPROTO_TCP, 12}, // TCP_CORK, TCP_QUICKACK: of a connection
    {IPPROTO_TCP, 19},    {IPPROTO_TCP, 31}, // TCP_REPAIR, TCP_ULP
    {IPPROTO_UDP, 1},     {IPPROTO_UDP, 100},// UDP_CORK, UDP_ENCAP
};

static struct option {
    int fd, kind, level, name, value;
} options[MOST];
static int count;
static int paced, timed;
static const uint64_t rate = (1ULL << 53) + 1;
static const uint32_t txtime[2] = {CLOCK_MONOTONIC, 1};

static bool is_passed_over(int level, int name)
{
    for (size_t i = 0; i < ARRAY_LEN(passed_over); i++)
        if (passed_over[i].level == level && passed_over[i].name == name)
            return true;
    return false;
}

static bool value_of(int fd, int level, int name, int *value)
{
    char bytes[64];
    socklen_t size = sizeof(bytes);
    if (getsockopt(fd, level, name, bytes, &size))
        return false;
    if (size == sizeof(int))
        memcpy(value, bytes, sizeof(int));
    else if (size == 1)
        *value = (unsigned char)bytes[0];
    else
        return false;
    return true;
}

// A socket whose option is another than a new one's, or none.
static void change(int kind, int level, int name)
{
    int fd = must(socket(kinds[kind].family, kinds[kind].type | SOCK_CLOEXEC, 0));
    int fresh, now;
    if (is_passed_over(level, name) || !value_of(fd, level, name, &fresh)) {
        close(fd);
        return;
    }
    const int tries[] = {fresh == 0 || fresh == 1 ? !fresh : fresh + 3, 7, 2, 100, 1000};
    for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
        if (setsockopt(fd, level, name, &tries[i], sizeof(int)) || !value_of(fd, level, name, &now) || now == fresh)
            continue;
        if (count == MOST)
            die("more options than there is room for");
        options[count++] = (struct option){fd, kind, level, name, now};
        return;
    }
    close(fd);
}

static void setup(void)
{
    struct rlimit room;
    must(getrlimit(RLIMIT_NOFILE, &room));
    room.rlim_cur = room.rlim_max < 4 * MOST ? room.rlim_max : 4 * MOST;
    must(setrlimit(RLIMIT_NOFILE, &room));
    for (size_t kind = 0; kind < ARRAY_LEN(kinds); kind++)
        for (size_t i = 0; i < ARRAY_LEN(levels); i++)
            for (int name = 1; name <= levels[i].last; name++)
                change(kind, levels[i].level, name);
    if (count < 100)
        die("only %d options could be changed", count);
    paced = must(socket(AF_INET, SOCK_DGRAM, 0));
    must(setsockopt(paced, SOL_SOCKET, SO_MAX_PACING_RATE_, &rate, sizeof(rate)));
    timed = must(socket(AF_INET, SOCK_DGRAM, 0));
    must(setsockopt(timed, SOL_SOCKET, SO_TXTIME_, txtime, sizeof(txtime)));
}

static void check_long(const char *what, int fd, int name, const void *want)
{
    char is[8] = {0};
    socklen_t size = sizeof(is);
    expect(!getsockopt(fd, SOL_SOCKET, name, is, &size) && size == sizeof(is), "%s: %s", what, strerror(errno));
    expect_mem(what, is, want, sizeof(is));
}

static void check(void)
{
    for (int i = 0; i < count; i++) {
        struct option *option = &options[i];
        int now = 0;
        bool told = value_of(option->fd, option->level, option->name, &now);
        expect(told && now == option->value, "%s socket, fd %d: option %d of level %d: expected %d, is %d", kinds[option->kind].name,
               option->fd, option->name, option->level, option->value, now);
    }
    check_long("pacing rate", paced, SO_MAX_PACING_RATE_, &rate);
    check_long("times of transmission", timed, SO_TXTIME_, txtime);
}

static void sabotage(void)
{
    int off = 0;
    must(setsockopt(paced, SOL_SOCKET, SO_MAX_PACING_RATE_, &off, sizeof(off)));
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
