// SPDX-License-Identifier: GPL-2.0-only
// Words of a task beyond 2^53, odd ones, as tagged pointers are (arm64, LAM): handlers, an alternate stack, a robust list, the word that is cleared at
// the end, a timer's and pending signals' values, limits, a timer slack, a mask. A wrong restore is noticed as another number, be it off by one.
#include "../signals/rawsignal.h"
#include "../threads.h"
#include <sys/prctl.h>
#include <sys/resource.h>

#define BEYOND ((1UL << 53) + 1)
#define TAGGED 0xb4007fff12345679UL
#define WAITING (SIGRTMIN + 5)
#define TIMED (SIGRTMIN + 6)

static const struct raw_action action = {
    .handler = TAGGED,
    .flags = SA_SIGINFO | SA_NODEFER,
    .mask = 0xfffffffe00000001UL,
};
static const stack_t stack = {.ss_sp = (void *)(TAGGED + 2), .ss_size = BEYOND};
static const uint64_t values[] = {UINT64_MAX, BEYOND, 1UL << 63, TAGGED};
static const uint64_t mask = SIG_BIT(64) | SIG_BIT(SIGUSR1) | SIG_BIT(35) | SIG_BIT(39) | SIG_BIT(40);
static const struct rlimit limit = {BEYOND, UINT64_MAX - 1};
static const unsigned long slack = (1UL << 63) + 1;
static const void *const robust = (void *)TAGGED, *const cleared = (void *)(TAGGED + 4);
static bool knows_cleared;
static timer_t timer, ended;
static struct worker patient; // has the slack, and never waits for a time, which would not come

static void wait_signals(void)
{
    siginfo_t info = {.si_code = SI_QUEUE, .si_pid = getpid(), .si_uid = getuid()};
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        info.si_signo = WAITING;
        info.si_value.sival_ptr = (void *)values[i];
        must(syscall(SYS_rt_sigqueueinfo, getpid(), WAITING, &info));
    }
}

static void start_timers(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = TIMED};
    struct itimerspec soon = {.it_value.tv_nsec = 1};
    event.sigev_value.sival_ptr = (void *)(UINT64_MAX - 2);
    must(timer_create(CLOCK_MONOTONIC, &event, &timer));
    event.sigev_value.sival_ptr = (void *)BEYOND;
    must(timer_create(CLOCK_MONOTONIC, &event, &ended));
    must(timer_settime(ended, 0, &soon, NULL));
    if (!wait_for(raw_pending() & SIG_BIT(TIMED), 10000))
        die("a timer does not run out");
}

static void set_slack(struct worker *w)
{
    (void)w;
    must(prctl(PR_SET_TIMERSLACK, slack));
}

static void expect_slack(struct worker *w)
{
    (void)w;
    unsigned long is = syscall(SYS_prctl, PR_GET_TIMERSLACK, 0, 0, 0, 0);
    expect(is == slack, "timer slack: %lu", is);
}

static void setup(void)
{
    raw_mask(SIG_SETMASK, mask); // of the thread as well
    patient = (struct worker){.start = set_slack, .run = expect_slack};
    worker_create(&patient, 0);
    must(syscall(SYS_rt_sigaction, SIGUSR2, &action, NULL, SET_BYTES));
    must(sigaltstack(&stack, NULL));
    must(syscall(SYS_set_robust_list, robust, 24));
    syscall(SYS_set_tid_address, cleared);
    knows_cleared = !prctl(PR_GET_TID_ADDRESS, &(void *){NULL});
    must(setrlimit(RLIMIT_FSIZE, &limit));
    wait_signals();
    start_timers();
}

static void sabotage(void)
{
    must(syscall(SYS_set_robust_list, (char *)robust + 1, 24));
}

static void expect_signals(void)
{
    siginfo_t info;
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        expect_eq("pending signal", raw_dequeue(SIG_BIT(WAITING), &info), WAITING);
        expect((uint64_t)info.si_value.sival_ptr == values[i], "its value: %p, not %#lx", info.si_value.sival_ptr, values[i]);
    }
    expect_eq("signal of the timer that had ended", raw_dequeue(SIG_BIT(TIMED), &info), TIMED);
    expect((uint64_t)info.si_value.sival_ptr == BEYOND, "its value: %p", info.si_value.sival_ptr);
    struct itimerspec soon = {.it_value.tv_nsec = 1};
    must(timer_settime(timer, 0, &soon, NULL));
    expect(wait_for(raw_pending() & SIG_BIT(TIMED), 10000), "the timer does not run out");
    expect_eq("signal of the timer", raw_dequeue(SIG_BIT(TIMED), &info), TIMED);
    expect((uint64_t)info.si_value.sival_ptr == UINT64_MAX - 2, "its value: %p", info.si_value.sival_ptr);
    must(timer_settime(ended, 0, &soon, NULL));
    wait_for(raw_pending() & SIG_BIT(TIMED), 10000);
    wait_signals();
}

static void check(void)
{
    struct raw_action act = {0};
    stack_t sas;
    void *head = NULL, *word = NULL;
    size_t length = 0;
    struct rlimit is;
    must(syscall(SYS_rt_sigaction, SIGUSR2, NULL, &act, SET_BYTES));
    expect(act.handler == action.handler && act.flags == action.flags, "handler: %#lx, flags %#lx", act.handler, act.flags);
    expect(act.mask == (action.mask & ~(SIG_BIT(SIGKILL) | SIG_BIT(SIGSTOP))), "mask of the handler: %#lx", act.mask);
    must(sigaltstack(NULL, &sas));
    expect(sas.ss_sp == stack.ss_sp && sas.ss_size == stack.ss_size, "alternate stack: %p, %zu bytes", sas.ss_sp, sas.ss_size);
    must(syscall(SYS_get_robust_list, 0, &head, &length));
    expect(head == robust && length == 24, "robust list: %p, length %zu", head, length);
    if (knows_cleared) {
        must(prctl(PR_GET_TID_ADDRESS, &word));
        expect(word == cleared, "word to be cleared: %p", word);
    }
    expect(raw_mask_now() == mask, "mask: %#lx", raw_mask_now());
    must(getrlimit(RLIMIT_FSIZE, &is));
    expect(is.rlim_cur == limit.rlim_cur && is.rlim_max == limit.rlim_max, "limit: %lu, %lu", is.rlim_cur, is.rlim_max);
    worker_command(&patient);
    expect_signals();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
