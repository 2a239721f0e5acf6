// SPDX-License-Identifier: GPL-2.0-only
// An epoll that watches a pipe, a socket and an eventfd, of which two are ready.
// A wrong restore is noticed as other events, other data, or a descriptor that is watched no longer.
#include "../files/fds.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

static int epoll, tube[2], pair[2], event;

static void add(int fd, uint32_t events, uint64_t data)
{
    struct epoll_event wanted = {.events = events, .data.u64 = data};
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted));
}

static void expect_events(const char *what, uint32_t of_tube, uint32_t of_pair, uint32_t of_event)
{
    struct epoll_event events[8];
    uint32_t is[3] = {0};
    int count = must(epoll_wait(epoll, events, 8, 0));
    for (int i = 0; i < count; i++) {
        uint64_t which = events[i].data.u64 - 0x1234567800000000;
        expect(which < 3, "%s: data of an event: %lx", what, events[i].data.u64);
        if (which < 3)
            is[which] = events[i].events;
    }
    expect(is[0] == of_tube && is[1] == of_pair && is[2] == of_event, "%s: events %x %x %x, not %x %x %x", what, is[0], is[1],
           is[2], of_tube, of_pair, of_event);
}

static void setup(void)
{
    epoll = must(epoll_create1(EPOLL_CLOEXEC));
    must(pipe(tube));
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    event = must(eventfd(0, EFD_NONBLOCK));
    must(write(tube[1], "x", 1));
    add(tube[0], EPOLLIN, 0x1234567800000000);
    add(pair[0], EPOLLIN | EPOLLOUT, 0x1234567800000001);
    add(event, EPOLLIN, 0x1234567800000002);
}

static void sabotage(void)
{
    must(epoll_ctl(epoll, EPOLL_CTL_DEL, event, NULL));
}

static void check(void)
{
    char byte;
    eventfd_t value;
    expect_events("as they were", EPOLLIN, EPOLLOUT, 0);
    must(read(tube[0], &byte, 1));
    must(write(pair[1], "y", 1));
    must(eventfd_write(event, 1));
    expect_events("others now", 0, EPOLLIN | EPOLLOUT, EPOLLIN);
    must(read(pair[0], &byte, 1));
    must(eventfd_read(event, &value));
    must(write(tube[1], "x", 1));
    expect_eq("close-on-exec", fcntl(epoll, F_GETFD), FD_CLOEXEC);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
