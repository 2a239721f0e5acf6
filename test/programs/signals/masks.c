// SPDX-License-Identifier: GPL-2.0-only
// Blocked signals, different in each of four threads and the leader; a process signal finds the one thread that takes it.
// A wrong restore is noticed as another mask, or as another thread that runs the handler.
#include "../threads.h"
#include "rawsignal.h"

static struct worker workers[4];
static const uint64_t unblockable = SIG_BIT(SIGKILL) | SIG_BIT(SIGSTOP);
static volatile pid_t taker;

static uint64_t mask_of(int index)
{
    uint64_t mask = (0x123456789abcdef1ULL << index) & ~unblockable & ~SIG_BIT(SIGSEGV);
    return index == 2 ? mask & ~SIG_BIT(SIGUSR1) : mask | SIG_BIT(SIGUSR1);
}

static void on_signal(int signal)
{
    (void)signal;
    taker = syscall(SYS_gettid);
}

static void start(struct worker *w)
{
    raw_mask(SIG_SETMASK, mask_of(w->index));
}

static void run(struct worker *w)
{
    uint64_t is = raw_mask_now();
    expect(is == mask_of(w->index), "mask of thread %d: expected %lx, is %lx", w->index, mask_of(w->index), is);
}

static void setup(void)
{
    signal(SIGUSR1, on_signal);
    for (int i = 0; i < 4; i++) {
        workers[i] = (struct worker){.index = i, .start = start, .run = run};
        worker_create(&workers[i], 0);
    }
    raw_mask(SIG_SETMASK, SIG_BIT(SIGUSR1) | SIG_BIT(33));
}

static void sabotage(void)
{
    raw_mask(SIG_BLOCK, SIG_BIT(50));
}

static void check(void)
{
    uint64_t is = raw_mask_now();
    expect(is == (SIG_BIT(SIGUSR1) | SIG_BIT(33)), "mask of the leader: is %lx", is);
    for (int i = 0; i < 4; i++)
        worker_command(&workers[i]);
    taker = 0;
    must(kill(getpid(), SIGUSR1));
    expect(wait_for(taker, 5000), "the signal is not delivered");
    expect_eq("thread that took the signal", taker, workers[2].tid);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
