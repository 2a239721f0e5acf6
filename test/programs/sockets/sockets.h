// SPDX-License-Identifier: GPL-2.0-only
// Small helpers of the socket programs.
#ifndef STASIS_PROGRAMS_SOCKETS_H
#define STASIS_PROGRAMS_SOCKETS_H

#include "../files/fds.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

struct address {
    struct sockaddr_storage storage;
    socklen_t len;
};

// Abstract when the name begins with '@', else a path.
static inline struct address unix_address(const char *name)
{
    struct address a = {0};
    struct sockaddr_un *un = (struct sockaddr_un *)&a.storage;
    un->sun_family = AF_UNIX;
    size_t len = strlen(name);
    if (len >= sizeof(un->sun_path))
        die("socket path is too long: %s (use a shorter report path)", name);
    memcpy(un->sun_path, name, len);
    if (name[0] == '@')
        un->sun_path[0] = 0;
    a.len = offsetof(struct sockaddr_un, sun_path) + len + (name[0] == '@' ? 0 : 1);
    return a;
}

// 127.0.0.1 or ::1.
static inline struct address loopback(int family, int port)
{
    struct address a = {0};
    if (family == AF_INET) {
        struct sockaddr_in *in = (struct sockaddr_in *)&a.storage;
        in->sin_family = AF_INET;
        in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        in->sin_port = htons(port);
        a.len = sizeof(*in);
    } else {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&a.storage;
        in6->sin6_family = AF_INET6;
        in6->sin6_addr = in6addr_loopback;
        in6->sin6_port = htons(port);
        a.len = sizeof(*in6);
    }
    return a;
}

static inline struct sockaddr *as_sockaddr(struct address *a)
{
    return (struct sockaddr *)&a->storage;
}

// Binds to a free port that the kernel gives nobody who lets it choose: while this program is on disk, nobody must take it.
// As bind(2); `a` has the port afterwards.
static inline int bind_own_port(int fd, struct address *a)
{
    static unsigned next;
    int result;
    for (int tries = 0; tries < 1000; tries++) {
        ((struct sockaddr_in *)&a->storage)->sin_port = htons(10000 + (getpid() * 16 + next++) % 20000);
        if ((result = bind(fd, as_sockaddr(a), a->len)) == 0 || errno != EADDRINUSE)
            break;
    }
    return result;
}

static inline struct address local_name(int fd)
{
    struct address a = {.len = sizeof(a.storage)};
    must(getsockname(fd, as_sockaddr(&a), &a.len));
    return a;
}

static inline int port_of(struct address *a)
{
    return ntohs(((struct sockaddr_in *)&a->storage)->sin_port); // the port is at the same place in both families
}

static inline void expect_name(const char *what, int fd, struct address *want)
{
    struct address is = {.len = sizeof(is.storage)};
    expect(!getsockname(fd, as_sockaddr(&is), &is.len), "%s: getsockname: %s", what, strerror(errno));
    expect_eq(what, is.len, want->len);
    expect_mem(what, &is.storage, &want->storage, want->len);
}

struct option {
    const char *name;
    int level, option, value;
};

static inline void set_options(int fd, const struct option *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (setsockopt(fd, list[i].level, list[i].option, &list[i].value, sizeof(int)))
            die("setsockopt %s: %s", list[i].name, strerror(errno));
}

static inline int get_option(int fd, int level, int option)
{
    int value = 0; // some of the answers are one byte only
    socklen_t len = sizeof(value);
    if (getsockopt(fd, level, option, &value, &len))
        return -1;
    return value;
}

static inline void expect_options(const char *what, int fd, const struct option *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int is = get_option(fd, list[i].level, list[i].option), want = list[i].value;
        if (list[i].level == SOL_SOCKET && (list[i].option == SO_RCVBUF || list[i].option == SO_SNDBUF))
            want *= 2; // the kernel doubles what it is given
        expect(is == want, "%s: option %s: expected %d, is %d", what, list[i].name, want, is);
    }
}

// A datagram or record: its length and first byte are what the programs look at.
static inline void send_record(int fd, size_t len, char mark)
{
    char text[70000];
    memset(text, mark, len);
    must(send(fd, text, len, 0));
}

static inline void expect_record(const char *what, int fd, ssize_t len, char mark)
{
    char text[70000] = "";
    ssize_t is = recv(fd, text, sizeof(text), MSG_DONTWAIT | MSG_TRUNC);
    expect(is == len, "%s: expected a record of %zd bytes, is %zd (%s)", what, len, is, is < 0 ? strerror(errno) : "");
    expect(len <= 0 || (text[0] == mark && text[len - 1] == mark), "%s: another record: '%c', not '%c'", what, text[0], mark);
}

#endif
