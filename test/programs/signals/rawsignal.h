// SPDX-License-Identifier: GPL-2.0-only
// Signal calls as the kernel takes them: libc hides the restorer, two real-time signals and its timers' ids.
#ifndef STASIS_PROGRAMS_RAWSIGNAL_H
#define STASIS_PROGRAMS_RAWSIGNAL_H

#include "../common.h"

struct raw_action {
    uint64_t handler, flags, restorer, mask; // x86_64 and arm64 have a restorer
};

#define SIGNALS 64
#define SET_BYTES 8
#define SIG_BIT(signal) (1ULL << ((signal) - 1))

static inline uint64_t raw_mask(int how, uint64_t set)
{
    uint64_t old = 0;
    must(syscall(SYS_rt_sigprocmask, how, how < 0 ? NULL : &set, &old, SET_BYTES));
    return old;
}

static inline uint64_t raw_mask_now(void)
{
    uint64_t old = 0;
    must(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &old, SET_BYTES));
    return old;
}

// Dequeues one pending signal of the set without waiting: its number, or -1.
static inline int raw_dequeue(uint64_t set, siginfo_t *info)
{
    struct timespec none = {0};
    memset(info, 0, sizeof(*info));
    return syscall(SYS_rt_sigtimedwait, &set, info, &none, SET_BYTES);
}

static inline uint64_t raw_pending(void)
{
    uint64_t set = 0;
    must(syscall(SYS_rt_sigpending, &set, SET_BYTES));
    return set;
}

#endif
