// SPDX-License-Identifier: GPL-2.0-only
// Threads waiting on futexes: for ever, with a relative and with an absolute timeout, private and shared.
// A wrong restore is noticed as a wait that ends unwoken, with EINTR, without its timeout, or that a wake does not reach.
#include "blocked.h"
#include <linux/futex.h>

static long wait_private(struct blocked *b)
{
    return syscall(SYS_futex, &b->word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static long wait_shared(struct blocked *b)
{
    return syscall(SYS_futex, &b->word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static long wait_long(struct blocked *b) // a timeout that never comes
{
    struct timespec day = {86400, 0};
    return syscall(SYS_futex, &b->word, FUTEX_WAIT_PRIVATE, 0, &day, NULL, 0);
}

static long wait_timed(struct blocked *b)
{
    struct timespec time = {b->seconds, (b->seconds - (long)b->seconds) * 1e9};
    return syscall(SYS_futex, &b->word, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0);
}

static long wait_until(struct blocked *b)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_sec += b->seconds;
    return syscall(SYS_futex, &b->word, FUTEX_WAIT_BITSET_PRIVATE, 0, &time, NULL, 0x10);
}

static void wake(struct blocked *b)
{
    int operation = b->call == wait_shared ? FUTEX_WAKE : FUTEX_WAKE_PRIVATE;
    expect_eq(b->name, syscall(SYS_futex, &b->word, operation, 1, NULL, NULL, 0), 1);
}

static struct blocked list[] = {
    {.name = "futex, private", .call = wait_private, .wake = wake},
    {.name = "futex, shared", .call = wait_shared, .wake = wake},
    {.name = "futex, timeout of a day", .call = wait_long, .wake = wake},
    {.name = "futex, timeout", .call = wait_timed, .seconds = 1.25, .want = -1, .want_errno = ETIMEDOUT, .may_begin_anew = true},
    {.name = "futex, absolute timeout", .call = wait_until, .seconds = 1, .want = -1, .want_errno = ETIMEDOUT},
};

static void setup(void)
{
    blocked_start(list, ARRAY_LEN(list));
}

static void sabotage(void)
{
    syscall(SYS_futex, &list[0].word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    wait_for(list[0].returns == 1, 5000);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = blocked_check, .sabotage = sabotage});
}
