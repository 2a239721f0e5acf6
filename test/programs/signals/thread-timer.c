// SPDX-License-Identifier: GPL-2.0-only
// libc's SIGEV_THREAD: a hidden thread waits in rt_sigtimedwait for a hidden signal and starts a thread for each tick.
// A wrong restore is noticed as ticks that stop, or that come with another value.
#include "../threads.h"

static timer_t timer;
static volatile int ticks, wrong;

static void on_tick(union sigval value)
{
    if (value.sival_int != 4321)
        wrong++;
    __atomic_add_fetch(&ticks, 1, __ATOMIC_SEQ_CST);
}

static void setup(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_value.sival_int = 4321, .sigev_notify_function = on_tick};
    struct itimerspec each = {{0, 100000000}, {0, 100000000}};
    must(timer_create(CLOCK_MONOTONIC, &event, &timer));
    must(timer_settime(timer, 0, &each, NULL));
    if (!wait_for(ticks >= 2, 5000))
        die("the timer does not tick");
}

static void sabotage(void)
{
    must(timer_delete(timer));
    usleep(50000);
}

static void check(void)
{
    struct itimerspec is = {0};
    int before = ticks;
    expect(wait_for(ticks >= before + 3, 3000), "the timer does not tick: %d ticks", ticks - before);
    expect_eq("ticks with a wrong value", wrong, 0);
    if (!prog.failed)
        must(timer_gettime(timer, &is));
    expect_eq("interval in ns", is.it_interval.tv_nsec, 100000000);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
