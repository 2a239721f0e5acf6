// SPDX-License-Identifier: GPL-2.0-only
// Threads that are blocked in a system call while they are dumped. Two kinds: calls that wait until the leader wakes
// them, which must not have returned before, and timed ones that run in a row, none of which may fail or be too short
// or too long. A call that ends with EINTR after a restore was not restarted: a failure in both kinds.
#ifndef STASIS_PROGRAMS_BLOCKED_H
#define STASIS_PROGRAMS_BLOCKED_H

#include "../procfs.h"
#include "../threads.h"

struct blocked {
    const char *name;
    long (*call)(struct blocked *); // the call: its result; errno as it leaves it
    void (*wake)(struct blocked *); // makes it return; NULL: it returns by itself after `seconds`
    long want;
    int want_errno; // where `want` is -1
    double seconds;
    bool may_begin_anew; // the rest of its time is the kernel's secret: a restart may take it all again
    // Set by the thread and the leader:
    pthread_t thread;
    pid_t tid;
    int fds[2];
    uint32_t word;
    volatile int returns, woken;
    volatile bool calling;
};

static struct blocked *blocked_list;
static int blocked_count;

static inline void blocked_verify(struct blocked *b, long result, int error, double took, double alive)
{
    expect(result == b->want && (result != -1 || error == b->want_errno), "%s: expected %ld, is %ld (errno %d: %s)", b->name,
           b->want, result, result == -1 ? error : 0, result == -1 ? strerror(error) : "");
    if (b->wake)
        return;
    // Restarted by a cycle it may take up to its whole time again, but not more: a call that was put back with a
    // wrong unit or clock is far off. `alive` leaves out the time between dump and restore, and that without a processor.
    double most = b->seconds * (b->may_begin_anew ? prog.round + 1 : 1) + 0.8;
    expect(took > b->seconds - 0.005, "%s: returned after %.3f s of %.3f s", b->name, took, b->seconds);
    expect(alive < most, "%s: took %.3f s of %.3f s", b->name, alive, b->seconds);
}

static inline void *blocked_main(void *arg)
{
    struct blocked *b = arg;
    b->tid = syscall(SYS_gettid);
    for (;;) {
        double delay = thread_delay(b->tid);
        uint64_t begin = mono_ns();
        unsigned long polls = prog.polls;
        b->calling = true;
        errno = 0;
        long result = b->call(b);
        int error = errno;
        b->calling = false;
        double took = (mono_ns() - begin) / 1e9, alive = (prog.polls - polls) * (POLL_MS / 1e3);
        double delay_now = thread_delay(b->tid);
        alive -= delay_now < delay ? delay_now : delay_now - delay; // a restored thread's count has begun anew
        blocked_verify(b, result, error, took, alive);
        __atomic_add_fetch(&b->returns, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

static inline bool blocked_inside(const struct blocked *b)
{
    return b->calling && thread_state(b->tid) == 'S';
}

static inline void blocked_start(struct blocked *list, int count)
{
    blocked_list = list;
    blocked_count = count;
    for (int i = 0; i < count; i++) {
        must_zero(pthread_create(&list[i].thread, NULL, blocked_main, &list[i]));
        if (!wait_for(blocked_inside(&list[i]), 5000))
            die("%s: does not block (%s)", list[i].name, prog.failure);
    }
}

static inline void blocked_check(void)
{
    for (int i = 0; i < blocked_count; i++) {
        struct blocked *b = &blocked_list[i];
        int before = b->returns;
        if (b->wake) {
            expect(before == b->woken, "%s: returned %d times, was woken %d times", b->name, before, b->woken);
            // A restored thread enters its call again: a signal that is faster than it, pause() never hears of.
            expect(wait_for(blocked_inside(b), 5000), "%s: does not enter its call again", b->name);
            b->woken++;
            b->wake(b);
        }
    }
    for (int i = 0; i < blocked_count; i++) {
        struct blocked *b = &blocked_list[i];
        int wanted = b->wake ? b->woken : b->returns + 1;
        bool came = false;
        // Waiting counts as time alive: timed calls measure themselves by it.
        for (int polls = 0; !(came = b->returns >= wanted) && polls < 3000; polls++)
            poll_wait();
        expect(came, "%s: does not return", b->name);
    }
    for (int i = 0; i < blocked_count && !prog.failed; i++)
        expect(wait_for(blocked_inside(&blocked_list[i]), 5000), "%s: does not block again", blocked_list[i].name);
}

#endif
