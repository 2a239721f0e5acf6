// SPDX-License-Identifier: GPL-2.0-only
// epoll: data values and masks, an edge whose event was taken, a one-shot that has shot, nesting, busy polling, an entry whose own
// descriptor was closed while a duplicate keeps the file, one that is watched by the second of its numbers, and one of them
// shared with a child.
// A wrong restore is noticed as another set of events with their values, or another list in fdinfo.
#include "fds.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/ioctl.h>

static int outer, inner, own, twice[2], pipes[5][2], pair[2];
static char saved[3][2000];
static struct polling { // struct epoll_params of include/uapi/linux/eventpoll.h
    uint32_t usecs;
    uint16_t budget;
    uint8_t prefer, pad;
} polling = {77, 9, 1, 0};
static bool polls;

enum { LEVEL, EDGE, ONCE, GONE, NESTED, TWICE, PAIR };

static void add(int epoll, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = {.events = events, .data.u64 = data};
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
}

// The tfd lines, sorted (their order is the kernel's own), without inode numbers, which new pipes cannot keep, and with
// EPOLLERR and EPOLLHUP, which the kernel adds to whatever is asked for, but not to a one-shot that has shot.
static void entries(int epoll, char *text, size_t size)
{
    char all[4000], *lines[20];
    int count = 0;
    must(read_text(all, sizeof(all), "/proc/self/fdinfo/%d", epoll));
    for (char *line = strtok(all, "\n"); line && count < 20; line = strtok(NULL, "\n"))
        if (!strncmp(line, "tfd:", 4)) {
            unsigned tfd, events;
            unsigned long data;
            if (sscanf(line, "tfd: %u events: %x data: %lx", &tfd, &events, &data) == 3)
                sprintf(line, "tfd: %u events: %x data: %lx", tfd, events | EPOLLERR | EPOLLHUP, data);
            int at = count++;
            for (; at > 0 && strcmp(lines[at - 1], line) > 0; at--)
                lines[at] = lines[at - 1];
            lines[at] = line;
        }
    size_t len = 0;
    text[0] = 0;
    for (int i = 0; i < count; i++)
        len += snprintf(text + len, size - len, "%s; ", lines[i]);
}

// The events there are now, as one bit for each pipe.
static int ready_now(int epoll)
{
    struct epoll_event events[10];
    int bits = 0, count = must(epoll_wait(epoll, events, 10, 0));
    for (int i = 0; i < count; i++) {
        expect(events[i].data.u64 >> 8 == 0x7766554433221100 >> 8, "data of an event: %lx", events[i].data.u64);
        bits |= 1 << (events[i].data.u64 & 0xff);
    }
    return bits;
}

static void handler(const char *question)
{
    const char *rest;
    if (asked(question, "ready", &rest))
        expect_eq("events, seen by the child", ready_now(inner), atoi(rest));
}

static void setup(void)
{
    const uint64_t base = 0x7766554433221100;
    for (int i = 0; i < 5; i++) {
        must(pipe(pipes[i]));
        must(write(pipes[i][1], "x", 1));
    }
    inner = must(epoll_create1(EPOLL_CLOEXEC));
    polls = ioctl(inner, _IOW(0x8A, 0x01, struct polling), &polling) == 0; // 6.9
    outer = must(epoll_create1(0));
    add(inner, pipes[LEVEL][0], EPOLLIN | EPOLLPRI, base | LEVEL);
    add(inner, pipes[EDGE][0], EPOLLIN | EPOLLET | EPOLLRDHUP, base | EDGE);
    add(inner, pipes[ONCE][0], EPOLLIN | EPOLLONESHOT, base | ONCE);
    add(inner, pipes[GONE][0], EPOLLIN, base | GONE);
    int duplicate = must(dup2(pipes[GONE][0], 400));
    close(pipes[GONE][0]);
    pipes[GONE][0] = duplicate;
    add(outer, inner, EPOLLIN, base | NESTED);
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    must(write(pair[1], "x", 1));
    add(inner, pair[0], EPOLLIN | EPOLLONESHOT, base | PAIR);
    fork_server("child", handler);
    // What only this task has.
    own = must(epoll_create1(0));
    int lowest = must(eventfd(1, 0));
    twice[0] = must(dup2(lowest, 410)), twice[1] = must(dup2(lowest, 420));
    close(lowest);
    add(own, twice[1], EPOLLIN, base | TWICE);
    expect_eq("first events", ready_now(inner), 1 << LEVEL | 1 << EDGE | 1 << ONCE | 1 << GONE | 1 << PAIR);
    expect_eq("events after an edge and a shot", ready_now(inner), 1 << LEVEL | 1 << GONE);
    entries(inner, saved[0], sizeof(saved[0]));
    entries(outer, saved[1], sizeof(saved[1]));
    entries(own, saved[2], sizeof(saved[2]));
}

static void sabotage(void)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.u64 = 0x7766554433221100 | ONCE};
    must(epoll_ctl(inner, EPOLL_CTL_MOD, pipes[ONCE][0], &event));
}

static void check(void)
{
    char now[2000];
    struct polling params;
    if (polls) {
        must(ioctl(inner, _IOR(0x8A, 0x02, struct polling), &params));
        expect_mem("busy polling", &params, &polling, sizeof(params));
    }
    const int steady = 1 << LEVEL | 1 << GONE;
    entries(inner, now, sizeof(now));
    expect_str("entries", now, saved[0]);
    entries(outer, now, sizeof(now));
    expect_str("entries of the outer one", now, saved[1]);
    entries(own, now, sizeof(now));
    expect_str("entries of the own one", now, saved[2]);
    expect_eq("events of the own one", ready_now(own), 1 << TWICE);
    for (int i = 0; i < 2; i++)
        expect(fcntl(twice[i], F_GETFD) == 0, "a number of what is watched: %d is closed", twice[i]);
    // A new registration reports an edge that was taken before, and no documented call tells the kernel of it: one
    // more report is allowed, as CRIU's restore gives it too, but not a second.
    int is = ready_now(inner);
    expect((is & ~(1 << EDGE)) == steady, "events: expected %x, is %x", steady, is);
    expect_eq("events, the edge taken", ready_now(inner), steady);
    must(write(pipes[EDGE][1], "y", 1));
    expect_eq("events after a new edge", ready_now(inner), steady | 1 << EDGE);
    expect_eq("events of the outer one", ready_now(outer), 1 << NESTED);
    ask("child", "ready %d", steady);
    must(write(pipes[ONCE][1], "y", 1));
    expect_eq("events after more for the one that has shot", ready_now(inner), steady);
    // Not even an end is told before it is armed again.
    if (pair[1] >= 0)
        close(pair[1]);
    pair[1] = -1;
    expect_eq("events after the end of what has shot", ready_now(inner), steady);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
