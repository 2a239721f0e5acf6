// SPDX-License-Identifier: GPL-2.0-only
// The action of every signal in a child: default, ignored, and handlers with different flags, masks and restorers.
// A wrong restore is noticed as any byte of the kernel's sigaction differing, and by handlers that are really run.
#include "../tasks.h"
#include "rawsignal.h"

static struct raw_action saved[SIGNALS + 1];
static volatile sig_atomic_t runs[SIGNALS + 1];
static volatile uint64_t mask_in_handler;
static volatile int value_in_handler;

static void with_info(int signal, siginfo_t *info, void *context)
{
    (void)context;
    runs[signal]++;
    value_in_handler = info->si_value.sival_int;
    uint64_t mask = 0;
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, SET_BYTES);
    mask_in_handler = mask;
}

static void plain(int signal)
{
    runs[signal]++;
}

static bool settable(int signal)
{
    return signal != SIGKILL && signal != SIGSTOP;
}

static void set_all(void)
{
    struct sigaction model = {.sa_handler = plain}; // through libc once, to learn its restorer
    struct raw_action raw;
    must(sigaction(SIGUSR1, &model, NULL));
    must(syscall(SYS_rt_sigaction, SIGUSR1, NULL, &raw, SET_BYTES));
    uint64_t base = raw.flags & 0x04000000; // SA_RESTORER, where the architecture has it
    static const uint64_t flags[] = {SA_RESTART, SA_NODEFER | SA_NOCLDSTOP, SA_ONSTACK, SA_NOCLDWAIT | SA_RESTART, 0};
    for (int signal = 1; signal <= SIGNALS; signal++) {
        if (!settable(signal) || signal % 7 == 0) // every seventh keeps its default
            continue;
        raw.handler = signal % 5 == 1 ? (uint64_t)SIG_IGN : signal % 2 ? (uint64_t)plain : (uint64_t)with_info;
        raw.flags = base | flags[signal % 5] | (signal % 2 ? 0 : SA_SIGINFO);
        raw.mask = (0x0101010101010101ULL * signal) & ~(SIG_BIT(SIGKILL) | SIG_BIT(SIGSTOP));
        must(syscall(SYS_rt_sigaction, signal, &raw, NULL, SET_BYTES));
    }
    raw = (struct raw_action){.handler = (uint64_t)plain, .flags = SA_RESETHAND};
#ifdef __x86_64__
    raw.flags |= base;
    raw.restorer = saved[SIGUSR1].restorer;
#endif
    must(syscall(SYS_rt_sigaction, SIGUSR2, &raw, NULL, SET_BYTES));
    for (int signal = 1; signal <= SIGNALS; signal++)
        must(syscall(SYS_rt_sigaction, signal, NULL, &saved[signal], SET_BYTES));
}

static void handler(const char *question)
{
    struct raw_action is;
    if (asked(question, "sabotage", NULL)) {
        is = saved[44];
        is.mask ^= 1;
        must(syscall(SYS_rt_sigaction, 44, &is, NULL, SET_BYTES));
    } else if (asked(question, "check", NULL)) {
        for (int signal = 1; signal <= SIGNALS; signal++) {
            char what[32];
            snprintf(what, sizeof(what), "action of signal %d", signal);
            must(syscall(SYS_rt_sigaction, signal, NULL, &is, SET_BYTES));
            expect_mem(what, &is, &saved[signal], sizeof(is));
        }
        int before = runs[44];
        must(sigqueue(getpid(), 44, (union sigval){.sival_int = 4444}));
        expect_eq("runs of the handler", runs[44] - before, 1);
        expect_eq("value in the handler", value_in_handler, 4444);
        expect((mask_in_handler & saved[44].mask) == saved[44].mask, "mask in the handler: is %lx, not with %lx",
               (long)mask_in_handler, (long)saved[44].mask);
        must(kill(getpid(), 41)); // ignored: the default would end this task
    }
}

static void child(void)
{
    set_all();
    serve("child", handler);
}

static void setup(void)
{
    fork_child(child);
    ask("child", "check");
}

static void sabotage(void)
{
    ask("child", "sabotage");
}

static void check(void)
{
    ask("child", "check");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
