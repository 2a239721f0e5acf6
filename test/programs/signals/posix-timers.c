// SPDX-License-Identifier: GPL-2.0-only
// POSIX timers of several clocks and kinds of notice, armed and not, whose ids have gaps (small and large), one of them
// with overruns behind a blocked signal. A wrong restore is noticed as another id, interval or value, a timer that does
// not fire (or whose thread does not get the signal), or a remaining time that began anew.
#include "../threads.h"
#include "rawsignal.h"

#define HOUR 3600
#define FIRING 40 // signal of the periodic ones
#define BLOCKED 41
#define GAP 3000

static struct timer {
    const char *name;
    clockid_t clock;
    int notify, signal, flags;
    double value, interval;
    int gap_before; // timers made and deleted just before this one
    int id;
    uint64_t started;
} timers[] = {
    {.name = "periodic", .clock = CLOCK_MONOTONIC, .notify = SIGEV_SIGNAL, .signal = FIRING, .value = 0.05, .interval = 0.05},
    {.name = "absolute",
     .clock = CLOCK_REALTIME,
     .notify = SIGEV_SIGNAL,
     .signal = 42,
     .flags = TIMER_ABSTIME,
     .value = HOUR,
     .interval = 7,
     .gap_before = 1},
    {.name = "silent", .clock = CLOCK_BOOTTIME, .notify = SIGEV_NONE, .value = HOUR, .interval = 60, .gap_before = 2},
    {.name = "of a thread",
     .clock = CLOCK_MONOTONIC,
     .notify = SIGEV_THREAD_ID,
     .signal = FIRING,
     .value = 0.03,
     .interval = 0.06},
    {.name = "not armed", .clock = CLOCK_MONOTONIC, .notify = SIGEV_SIGNAL, .signal = 43},
    {.name = "cpu time", .clock = CLOCK_PROCESS_CPUTIME_ID, .notify = SIGEV_SIGNAL, .signal = 44, .value = HOUR},
    {.name = "overrun", .clock = CLOCK_MONOTONIC, .notify = SIGEV_SIGNAL, .signal = BLOCKED, .value = 0.001, .interval = 0.001},
    {.name = "one-shot", .clock = CLOCK_MONOTONIC, .notify = SIGEV_SIGNAL, .signal = 45, .value = HOUR, .gap_before = GAP},
};
static struct worker worker;
static volatile int fired[ARRAY_LEN(timers)];
static volatile pid_t fired_in[ARRAY_LEN(timers)];

static void on_timer(int signal, siginfo_t *info, void *context)
{
    (void)context;
    int index = info->si_value.sival_int;
    if (info->si_code != SI_TIMER || index < 0 || index >= (int)ARRAY_LEN(timers) || timers[index].signal != signal)
        return;
    fired[index]++;
    fired_in[index] = syscall(SYS_gettid);
}

static struct timespec spec(double seconds)
{
    return (struct timespec){(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};
}

static void create(struct timer *t)
{
    int index = t - timers, id;
    struct sigevent event = {.sigev_notify = t->notify, .sigev_signo = t->signal, .sigev_value.sival_int = index};
    event._sigev_un._tid = worker.tid;
    for (int i = 0; i < t->gap_before; i++) {
        must(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id));
        must(syscall(SYS_timer_delete, id));
    }
    must(syscall(SYS_timer_create, t->clock, &event, &t->id));
    struct itimerspec set = {spec(t->interval), spec(t->value)};
    if (t->flags & TIMER_ABSTIME)
        set.it_value.tv_sec += time(NULL);
    t->started = mono_ns();
    if (t->value)
        must(syscall(SYS_timer_settime, t->id, t->flags, &set, NULL));
}

static void no_command(struct worker *w)
{
    (void)w;
}

static void setup(void)
{
    struct sigaction action = {.sa_sigaction = on_timer, .sa_flags = SA_SIGINFO | SA_RESTART};
    must(sigaction(FIRING, &action, NULL));
    raw_mask(SIG_BLOCK, SIG_BIT(BLOCKED));
    worker = (struct worker){.run = no_command};
    worker_create(&worker, 0);
    for (size_t i = 0; i < ARRAY_LEN(timers); i++)
        create(&timers[i]);
    wait_for(false, 300); // signals cut a single sleep short
}

static void sabotage(void)
{
    struct timer *last = &timers[ARRAY_LEN(timers) - 1];
    must(syscall(SYS_timer_delete, last->id));
}

static void check_values(struct timer *t)
{
    struct itimerspec is = {0};
    expect(!syscall(SYS_timer_gettime, t->id, &is), "timer %s (id %d): %s", t->name, t->id, strerror(errno));
    double left = is.it_value.tv_sec + is.it_value.tv_nsec / 1e9, interval = is.it_interval.tv_sec + is.it_interval.tv_nsec / 1e9;
    expect(interval > t->interval - 1e-6 && interval < t->interval + 1e-6, "timer %s: interval is %f", t->name, interval);
    expect((left > 0) == (t->value > 0), "timer %s: remaining time is %f", t->name, left);
    if (t->value == HOUR && t->clock != CLOCK_PROCESS_CPUTIME_ID)
        expect(left < HOUR - 0.25 && left > HOUR - 0.1 - (mono_ns() - t->started) / 1e9 - (t->flags ? 1 : 0),
               "timer %s: remaining time is %f", t->name, left);
}

static void check(void)
{
    siginfo_t info;
    int before[ARRAY_LEN(timers)], id;
    memcpy(before, (void *)fired, sizeof(before));
    for (size_t i = 0; i < ARRAY_LEN(timers); i++)
        check_values(&timers[i]);
    for (int i = 0; i < timers[ARRAY_LEN(timers) - 1].id; i++) { // a deleted id must not have come alive
        struct itimerspec is;
        bool ours = false;
        for (size_t j = 0; j < ARRAY_LEN(timers); j++)
            ours |= timers[j].id == i;
        if (!ours)
            expect_errno("a deleted timer", syscall(SYS_timer_gettime, i, &is), EINVAL);
    }
    expect(wait_for(fired[0] >= before[0] + 3, 5000), "the periodic timer does not fire");
    expect(wait_for(fired[3] >= before[3] + 3, 5000), "the thread's timer does not fire");
    expect_eq("thread of the thread's timer", fired_in[3], worker.tid);
    // A pending timer signal shows its overrun only when it is taken: one that was queued anew has none, the next has.
    int taken = 0;
    bool overrun = wait_for(raw_dequeue(SIG_BIT(BLOCKED), &info) == BLOCKED && (taken++, info.si_overrun > 0), 5000);
    expect(taken > 0, "no blocked timer signal is pending");
    expect(overrun && taken <= 2, "the blocked timer does not overrun: %d signals", taken);
    expect_eq("code of the blocked timer signal", info.si_code, SI_TIMER);
    expect_eq("value of the blocked timer signal", info.si_value.sival_int, 6);
    wait_for(false, 20);
    // A new timer gets an id of its own and can be deleted again.
    must(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id));
    for (size_t i = 0; i < ARRAY_LEN(timers); i++)
        expect(id != timers[i].id, "a new timer got the id of timer %s", timers[i].name);
    must(syscall(SYS_timer_delete, id));
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
