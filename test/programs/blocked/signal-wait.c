// SPDX-License-Identifier: GPL-2.0-only
// Threads in sigsuspend, pause, rt_sigtimedwait (for ever, with a timeout). Here EINTR after a handler is right, and
// only then. A wrong restore is noticed as a return without the signal, or as the wrong mask afterwards: while a task is
// in sigsuspend, its own mask is kept aside by the kernel.
#include "../signals/rawsignal.h"
#include "blocked.h"

static volatile int handled;
static const uint64_t own_mask = SIG_BIT(SIGUSR1) | SIG_BIT(44) | SIG_BIT(47);

static void on_signal(int signal)
{
    (void)signal;
    __atomic_add_fetch(&handled, 1, __ATOMIC_SEQ_CST); // two threads may be in here at once
}

static long suspend(struct blocked *b)
{
    uint64_t during = SIG_BIT(46);
    (void)b;
    raw_mask(SIG_SETMASK, own_mask);
    long result = syscall(SYS_rt_sigsuspend, &during, SET_BYTES);
    int error = errno;
    uint64_t mask = raw_mask_now();
    expect(mask == own_mask, "mask after sigsuspend: expected %lx, is %lx", own_mask, mask);
    errno = error;
    return result;
}

static long pause_thread(struct blocked *b)
{
    (void)b;
    return pause();
}

static long take(struct blocked *b)
{
    siginfo_t info;
    uint64_t set = SIG_BIT(47);
    struct timespec time = {b->seconds, (b->seconds - (long)b->seconds) * 1e9};
    raw_mask(SIG_SETMASK, own_mask);
    return syscall(SYS_rt_sigtimedwait, &set, &info, b->wake ? NULL : &time, SET_BYTES);
}

static void wake_usr1(struct blocked *b)
{
    must(syscall(SYS_tgkill, getpid(), b->tid, SIGUSR1));
}

static void wake_47(struct blocked *b)
{
    must(syscall(SYS_tgkill, getpid(), b->tid, 47));
}

static struct blocked list[] = {
    {.name = "sigsuspend", .call = suspend, .wake = wake_usr1, .want = -1, .want_errno = EINTR},
    {.name = "pause", .call = pause_thread, .wake = wake_usr1, .want = -1, .want_errno = EINTR},
    {.name = "rt_sigtimedwait", .call = take, .wake = wake_47, .want = 47},
    {.name = "rt_sigtimedwait with timeout",
     .call = take,
     .seconds = 1.3,
     .want = -1,
     .want_errno = EAGAIN,
     .may_begin_anew = true},
};

static void setup(void)
{
    signal(SIGUSR1, on_signal);
    blocked_start(list, ARRAY_LEN(list));
}

static void sabotage(void)
{
    wake_usr1(&list[1]);
    wait_for(list[1].returns == 1, 5000);
}

static void check(void)
{
    int before = handled;
    blocked_check();
    expect_eq("handlers run", handled - before, 2);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
