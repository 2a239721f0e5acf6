// SPDX-License-Identifier: GPL-2.0-only
// A periodic interval timer, a POSIX timer, and a timerfd that is far from its time.
// A wrong restore is noticed as a timer that fires no longer, another period, or a time left that is not what it was.
#include "../files/fds.h"
#include <sys/time.h>
#include <sys/timerfd.h>

static volatile sig_atomic_t alarms, others;
static timer_t posix;
static int fd;

static void on_signal(int signal)
{
    if (signal == SIGALRM)
        alarms++;
    else
        others++;
}

static void setup(void)
{
    struct sigevent by_signal = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    struct itimerspec often = {{0, 50000000}, {0, 50000000}}, far = {{7, 0}, {100000, 0}};
    signal(SIGALRM, on_signal);
    signal(SIGUSR1, on_signal);
    must(setitimer(ITIMER_REAL, &(struct itimerval){{0, 50000}, {0, 50000}}, NULL));
    must(timer_create(CLOCK_MONOTONIC, &by_signal, &posix));
    must(timer_settime(posix, 0, &often, NULL));
    fd = must(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
    must(timerfd_settime(fd, 0, &far, NULL));
}

static void sabotage(void)
{
    must(timer_settime(posix, 0, &(struct itimerspec){0}, NULL));
}

static void check(void)
{
    struct itimerspec left;
    struct itimerval real;
    int before = alarms;
    expect(wait_for(alarms != before, 20000), "the interval timer does not fire");
    before = others;
    expect(wait_for(others != before, 20000), "the POSIX timer does not fire");
    must(getitimer(ITIMER_REAL, &real));
    expect_eq("period of the interval timer", real.it_interval.tv_usec, 50000);
    must(timer_gettime(posix, &left));
    expect_eq("period of the POSIX timer", left.it_interval.tv_nsec, 50000000);
    must(timerfd_gettime(fd, &left));
    expect_eq("period of the timerfd", left.it_interval.tv_sec, 7);
    expect(left.it_value.tv_sec > 90000 && left.it_value.tv_sec < 100000, "time left: %ld s", left.it_value.tv_sec);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
