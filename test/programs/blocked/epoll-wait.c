// SPDX-License-Identifier: GPL-2.0-only
// Threads in epoll_wait, for ever and with a timeout. The kernel ends this call with EINTR for a mere stop, signal or
// not, so whoever stops the task has to start it again: a wrong restore (or dump) is noticed as that EINTR.
#include "blocked.h"
#include <sys/epoll.h>

static int epolls[2];

static long wait_either(struct blocked *b)
{
    struct epoll_event event = {0};
    char byte;
    long result = epoll_wait(epolls[!b->wake], &event, 1, b->wake ? -1 : (int)(b->seconds * 1000));
    if (result > 0 && (event.data.u64 != 0x1122334455667788 || read(b->fds[0], &byte, 1) != 1))
        return -2;
    return result;
}

static void wake(struct blocked *b)
{
    must(write(b->fds[1], "x", 1));
}

static struct blocked list[] = {
    {.name = "epoll_wait", .call = wait_either, .wake = wake, .want = 1},
    {.name = "epoll_wait with timeout", .call = wait_either, .seconds = 1.3, .may_begin_anew = true},
};

static void setup(void)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0x1122334455667788};
    for (int i = 0; i < 2; i++) {
        must(pipe(list[i].fds));
        epolls[i] = must(epoll_create1(EPOLL_CLOEXEC));
        must(epoll_ctl(epolls[i], EPOLL_CTL_ADD, list[i].fds[0], &event));
    }
    blocked_start(list, ARRAY_LEN(list));
}

static void sabotage(void)
{
    wake(&list[0]);
    wait_for(list[0].returns == 1, 5000);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = blocked_check, .sabotage = sabotage});
}
