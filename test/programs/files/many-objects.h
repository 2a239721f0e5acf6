// SPDX-License-Identifier: GPL-2.0-only
// Objects of the kernel as many.c makes them by the thousand. What each holds follows from its number.
#ifndef STASIS_PROGRAMS_MANY_OBJECTS_H
#define STASIS_PROGRAMS_MANY_OBJECTS_H

#include "many-files.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <termios.h>

static inline void make_eventfd(int i, int fds[2])
{
    fds[0] = must(eventfd(i + 1, EFD_NONBLOCK));
}

static inline void check_eventfd(int i, const int fds[2])
{
    uint64_t count = 0;
    expect(read(fds[0], &count, 8) == 8 && count == (uint64_t)i + 1, "eventfd %d: count %lu", i, count);
    if (count && count < UINT64_MAX)
        must(write(fds[0], &count, 8));
}

static inline void make_timerfd(int i, int fds[2])
{
    struct itimerspec far = {.it_value.tv_sec = 1000000, .it_interval.tv_sec = i + 1};
    fds[0] = must(timerfd_create(CLOCK_MONOTONIC, 0));
    must(timerfd_settime(fds[0], 0, &far, NULL));
}

static inline void check_timerfd(int i, const int fds[2])
{
    struct itimerspec is = {0};
    timerfd_gettime(fds[0], &is);
    expect(is.it_value.tv_sec > 900000 && is.it_interval.tv_sec == i + 1, "timerfd %d: in %ld s, then each %ld s", i,
           is.it_value.tv_sec, is.it_interval.tv_sec);
}

// The number in binary, a real-time signal for each bit; no bit at all would be an empty mask.
static inline uint64_t mask_of(int i)
{
    return ((uint64_t)i + 1) << 40;
}

static inline void make_signalfd(int i, int fds[2])
{
    uint64_t mask = mask_of(i);
    fds[0] = must(syscall(SYS_signalfd4, -1, &mask, 8, 0));
}

static inline void check_signalfd(int i, const int fds[2])
{
    char text[500] = "";
    read_text(text, sizeof(text), "/proc/self/fdinfo/%d", fds[0]);
    char *at = strstr(text, "sigmask:");
    unsigned long mask = at ? strtoul(at + 8, NULL, 16) : 0;
    expect(mask == mask_of(i), "signalfd %d: mask %lx, not %lx", i, mask, mask_of(i));
}

// Each watches one eventfd that is always ready. No more than a thousand may watch one (path_limits in fs/eventpoll.c).
#define WATCHERS 500
static int watched[20];

static inline void watch(int epoll, int fd, uint64_t data)
{
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.u64 = data}));
}

static inline void make_epoll(int i, int fds[2])
{
    if (i / WATCHERS >= (int)ARRAY_LEN(watched))
        die("more epolls than planned for");
    if (i % WATCHERS == 0)
        watched[i / WATCHERS] = must(eventfd(1, 0));
    fds[0] = must(epoll_create1(0));
    watch(fds[0], watched[i / WATCHERS], mix(i));
}

static inline void expect_ready(const char *what, int i, int epoll)
{
    struct epoll_event events[2] = {0};
    int count = epoll_wait(epoll, events, 2, 0);
    expect(count == 1 && events[0].data.u64 == mix(i), "%s %d: %d ready, data %lx, not %lx", what, i, count,
           events[0].data.u64, mix(i));
}

static inline void check_epoll(int i, const int fds[2])
{
    expect_ready("epoll", i, fds[0]);
}

// All are watched by one epoll, which tells each from the others.
static int watcher;

static inline void make_watched(int i, int fds[2])
{
    if (i == 0)
        watcher = must(epoll_create1(0));
    fds[0] = must(eventfd(0, EFD_NONBLOCK));
    watch(watcher, fds[0], mix(i));
}

static inline void check_watched(int i, const int fds[2])
{
    uint64_t one = 1;
    expect(write(fds[0], &one, 8) == 8, "watched eventfd %d: %s", i, strerror(errno));
    expect_ready("watched eventfd", i, watcher);
    expect(read(fds[0], &one, 8) == 8 && one == 1, "watched eventfd %d: count %lu", i, one);
}

// A number of its own, a size of its own, and bytes that wait at the master.
static inline void make_pty(int i, int fds[2])
{
    int number;
    char path[64];
    struct termios raw;
    fds[0] = must(open("/dev/ptmx", O_RDWR | O_NOCTTY));
    must(ioctl(fds[0], TIOCSPTLCK, &(int){0}));
    must(ioctl(fds[0], TIOCGPTN, &number));
    snprintf(path, sizeof(path), "/dev/pts/%d", number);
    fds[1] = must(open(path, O_RDWR | O_NOCTTY));
    must(tcgetattr(fds[1], &raw));
    cfmakeraw(&raw);
    must(tcsetattr(fds[1], TCSANOW, &raw));
    must(ioctl(fds[0], TIOCSWINSZ, &(struct winsize){.ws_row = i + 1, .ws_col = 80}));
    *saved = number;
    put_word(fds[1], i);
}

static inline void check_pty(int i, const int fds[2])
{
    struct winsize size = {0};
    int number = -1;
    ioctl(fds[0], TIOCGPTN, &number);
    ioctl(fds[1], TIOCGWINSZ, &size);
    expect((uint64_t)number == *saved && size.ws_row == i + 1, "terminal %d: number %d, %d rows", i, number, size.ws_row);
    expect_word("terminal", i, fds[0]);
    put_word(fds[1], i);
}

#endif
