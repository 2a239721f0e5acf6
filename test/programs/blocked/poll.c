// SPDX-License-Identifier: GPL-2.0-only
// Threads in poll, ppoll, select and pselect on an empty pipe: for ever and with timeouts.
// A wrong restore is noticed as EINTR, a return without an event, a wrong set, or a timeout that is far off.
#include "blocked.h"
#include <poll.h>
#include <sys/select.h>

static long poll_for(struct blocked *b, int timeout)
{
    struct pollfd pfd = {.fd = b->fds[0], .events = POLLIN};
    long result = poll(&pfd, 1, timeout);
    char byte;
    if (result > 0 && (pfd.revents != POLLIN || read(b->fds[0], &byte, 1) != 1))
        return -2;
    return result;
}

static long poll_ever(struct blocked *b)
{
    return poll_for(b, -1);
}

static long poll_timed(struct blocked *b)
{
    return poll_for(b, b->seconds * 1000);
}

static long ppoll_either(struct blocked *b)
{
    struct pollfd pfd = {.fd = b->fds[0], .events = POLLIN};
    struct timespec time = {b->seconds, (b->seconds - (long)b->seconds) * 1e9};
    sigset_t mask;
    char byte;
    sigfillset(&mask);
    long result = ppoll(&pfd, 1, b->wake ? NULL : &time, &mask);
    if (result > 0 && (pfd.revents != POLLIN || read(b->fds[0], &byte, 1) != 1))
        return -2;
    return result;
}

static long select_either(struct blocked *b)
{
    struct timeval time = {b->seconds, (b->seconds - (long)b->seconds) * 1e6};
    fd_set set;
    char byte;
    FD_ZERO(&set);
    FD_SET(b->fds[0], &set);
    long result = select(b->fds[0] + 1, &set, NULL, NULL, b->wake ? NULL : &time);
    if (FD_ISSET(b->fds[0], &set) != (result == 1) || (result == 1 && read(b->fds[0], &byte, 1) != 1))
        return -2;
    return result;
}

static long pselect_timed(struct blocked *b)
{
    struct timespec time = {b->seconds, (b->seconds - (long)b->seconds) * 1e9};
    sigset_t mask;
    fd_set set;
    FD_ZERO(&set);
    FD_SET(b->fds[0], &set);
    sigfillset(&mask);
    return pselect(b->fds[0] + 1, &set, NULL, NULL, &time, &mask);
}

static void wake(struct blocked *b)
{
    must(write(b->fds[1], "x", 1));
}

static struct blocked list[] = {
    {.name = "poll", .call = poll_ever, .wake = wake, .want = 1},
    {.name = "ppoll", .call = ppoll_either, .wake = wake, .want = 1},
    {.name = "select", .call = select_either, .wake = wake, .want = 1},
    {.name = "poll with timeout", .call = poll_timed, .seconds = 1.3, .may_begin_anew = true},
    {.name = "ppoll with timeout", .call = ppoll_either, .seconds = 1.4},
    {.name = "select with timeout", .call = select_either, .seconds = 1.25},
    {.name = "pselect with timeout", .call = pselect_timed, .seconds = 1.5},
};

static void setup(void)
{
    for (size_t i = 0; i < ARRAY_LEN(list); i++)
        must(pipe(list[i].fds));
    blocked_start(list, ARRAY_LEN(list));
}

static void sabotage(void)
{
    wake(&list[1]);
    wait_for(list[1].returns == 1, 5000);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = blocked_check, .sabotage = sabotage});
}
