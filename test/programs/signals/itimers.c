// SPDX-License-Identifier: GPL-2.0-only
// setitimer: a real periodic one that fires, long virtual and profiling ones that run down, a one-shot in a child.
// A wrong restore is noticed as no more signals, another interval, or a remaining time that went back to its start
// (or forward by more than the clock did).
#include "../tasks.h"
#include <sys/time.h>

#define HOUR 3600

static volatile sig_atomic_t alarms;
static uint64_t started, polls_started;
static double virtual_left, profiling_left; // when it got ready: they only ever run down from there

static void on_alarm(int signal)
{
    (void)signal;
    alarms++;
}

// CPU timers run in whole ticks of the scheduler's clock.
static double tick(void)
{
    struct timespec resolution;
    must(clock_getres(CLOCK_MONOTONIC_COARSE, &resolution));
    return resolution.tv_sec + resolution.tv_nsec / 1e9;
}

static double remaining(int which, double *interval)
{
    struct itimerval is;
    must(getitimer(which, &is));
    *interval = is.it_interval.tv_sec + is.it_interval.tv_usec / 1e6;
    return is.it_value.tv_sec + is.it_value.tv_usec / 1e6;
}

static void set(int which, double value, double interval)
{
    struct itimerval set = {{(long)interval, (long)(interval * 1e6) % 1000000}, {(long)value, (long)(value * 1e6) % 1000000}};
    must(setitimer(which, &set, NULL));
}

static void burn(void)
{
    double interval;
    for (int i = 0; i < 1000 && remaining(ITIMER_VIRTUAL, &interval) > HOUR - 0.05; i++)
        for (volatile int j = 0; j < 1000000; j++)
            ;
    virtual_left = remaining(ITIMER_VIRTUAL, &interval);
    profiling_left = remaining(ITIMER_PROF, &interval);
}

static void child_handler(const char *question)
{
    double interval, left;
    if (asked(question, "start", NULL)) {
        started = mono_ns();
        set(ITIMER_REAL, HOUR, 0);
        polls_started = prog.polls;
        usleep(300000);
    } else if (asked(question, "check", NULL)) {
        left = remaining(ITIMER_REAL, &interval);
        double gone = HOUR - left, at_most = (mono_ns() - started) / 1e9 + 0.1;
        double at_least = 0.25 + (prog.polls - polls_started) * (POLL_MS / 1e3) * 0.9 - 0.1;
        expect(left > 0, "the one-shot timer is not armed");
        expect(gone >= at_least && gone <= at_most, "the one-shot timer has run %.2f s, not between %.2f and %.2f", gone,
               at_least, at_most);
        expect(interval == 0, "the one-shot timer has an interval");
    } else if (asked(question, "sabotage", NULL)) {
        set(ITIMER_REAL, HOUR + 60, 0); // more than it ever had
    }
}

static void setup(void)
{
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    must(sigaction(SIGALRM, &action, NULL));
    fork_server("one-shot", child_handler);
    ask("one-shot", "start");
    set(ITIMER_REAL, 0.05, 0.07);
    set(ITIMER_VIRTUAL, HOUR, 11.5);
    set(ITIMER_PROF, 2 * HOUR, 0.25);
    burn();
}

static void sabotage(void)
{
    ask("one-shot", "sabotage");
}

static void check(void)
{
    double interval, left, used = now_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e9;
    int before = alarms;
    expect(wait_for(alarms >= before + 3, 5000), "the periodic timer does not fire");
    remaining(ITIMER_REAL, &interval);
    expect(interval == 0.07, "interval of the real timer: is %f", interval);
    left = remaining(ITIMER_VIRTUAL, &interval);
    expect(interval == 11.5, "interval of the virtual timer: is %f", interval);
    expect(left <= virtual_left + tick() / 2 && left > virtual_left - used - 5, "remaining virtual time: is %f, was %f", left,
           virtual_left);
    left = remaining(ITIMER_PROF, &interval);
    expect(interval == 0.25, "interval of the profiling timer: is %f", interval);
    expect(left <= profiling_left + tick() / 2 && left > profiling_left - used - 5, "remaining profiling time: is %f, was %f", left,
           profiling_left);
    ask("one-shot", "check");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
