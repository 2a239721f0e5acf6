// SPDX-License-Identifier: GPL-2.0-only
// POSIX timers that ran out while their signals are blocked: periodic ones of the process (on two clocks) and of a thread,
// with hundreds of periods missed; one whose next period is an hour away; one that came once.
// A wrong restore is noticed as a signal that comes twice or not at all, as periods that are not told with it (si_overrun,
// timer_getoverrun), or as an hour that began anew.
#include "../threads.h"
#include "rawsignal.h"

#define HOUR 3600
#define ALIVE 200 // ms for which the timers run out, round by round

enum { PERIODIC, REALTIME, OF_THREAD, HOURLY, ONCE, TIMERS };

static const struct kind {
    const char *name;
    clockid_t clock;
    int signal;
    double interval;
} kinds[TIMERS] = {
    {"periodic", CLOCK_MONOTONIC, SIGALRM, 0.001},
    {"real time", CLOCK_REALTIME, 40, 0.001},
    {"of a thread", CLOCK_MONOTONIC, 41, 0.001},
    {"hourly", CLOCK_MONOTONIC, 42, HOUR},
    {"once", CLOCK_BOOTTIME, 43, 0},
};
static int ids[TIMERS];
static struct worker worker;
static unsigned long mask;

// What is pending of a kind, all of it.
static void take(int kind)
{
    siginfo_t info = {0};
    const char *name = kinds[kind].name;
    unsigned long bit = SIG_BIT(kinds[kind].signal);
    expect(raw_dequeue(bit, &info) == kinds[kind].signal, "%s: no signal is pending", name);
    int told = syscall(SYS_timer_getoverrun, ids[kind]);
    bool often = kinds[kind].interval > 0 && kinds[kind].interval < 1;
    expect(often ? info.si_overrun > ALIVE / 2 : info.si_overrun == 0, "%s: %d periods missed", name, info.si_overrun);
    expect_eq("timer_getoverrun", told, info.si_overrun);
    expect(info.si_code == SI_TIMER && info.si_value.sival_int == kind, "%s: code %d, value %d", name, info.si_code,
           info.si_value.sival_int);
    struct itimerspec off = {0}, left;
    must(syscall(SYS_timer_settime, ids[kind], 0, &off, &left));
    // A period may have ended since.
    raw_dequeue(bit, &info);
    expect(raw_dequeue(bit, &info) <= 0, "%s: a signal more", name);
    if (kind == HOURLY)
        expect(left.it_value.tv_sec >= HOUR - 600 && left.it_value.tv_sec < HOUR, "%s: %ld s left", name, left.it_value.tv_sec);
    if (kind == ONCE)
        expect(!left.it_value.tv_sec && !left.it_value.tv_nsec, "%s: goes on", name);
}

static void run(struct worker *w)
{
    (void)w;
    take(OF_THREAD);
}

static void start(struct worker *w)
{
    (void)w;
    raw_mask(SIG_BLOCK, mask);
}

static void wind_up(void)
{
    for (int i = 0; i < TIMERS; i++) {
        long ns = kinds[i].interval < 1 ? kinds[i].interval * 1e9 : 0;
        struct itimerspec set = {{kinds[i].interval, ns}, {0, 1000000}};
        must(syscall(SYS_timer_settime, ids[i], 0, &set, NULL));
    }
    wait_for(false, ALIVE);
}

static void setup(void)
{
    for (int i = 0; i < TIMERS; i++)
        mask |= SIG_BIT(kinds[i].signal);
    raw_mask(SIG_BLOCK, mask);
    worker = (struct worker){.start = start, .run = run};
    worker_create(&worker, 0);
    for (int i = 0; i < TIMERS; i++) {
        struct sigevent event = {.sigev_notify = i == OF_THREAD ? SIGEV_THREAD_ID : SIGEV_SIGNAL,
                                 .sigev_signo = kinds[i].signal,
                                 .sigev_value.sival_int = i};
        event._sigev_un._tid = worker.tid;
        must(syscall(SYS_timer_create, kinds[i].clock, &event, &ids[i]));
    }
    wind_up();
}

static void sabotage(void)
{
    siginfo_t info;
    raw_dequeue(SIG_BIT(kinds[REALTIME].signal), &info);
}

static void check(void)
{
    for (int i = 0; i < TIMERS; i++)
        if (i != OF_THREAD)
            take(i);
    worker_command(&worker);
    wind_up();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
