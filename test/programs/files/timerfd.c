// SPDX-License-Identifier: GPL-2.0-only
// timerfds: periodic, with expirations not read yet, a one-shot that has expired unread, absolute ones on two clocks, a
// long relative one, one not armed. A wrong restore is noticed as expirations lost or invented, another interval, or
// remaining time that began anew or ran ahead of the clock.
#include "fds.h"
#include <sys/timerfd.h>

#define HOUR 3600

static struct timer {
    const char *name;
    clockid_t clock;
    int flags, settime;
    double value, interval;
    int fd;
    uint64_t started, total;
} timers[] = {
    {.name = "periodic", .clock = CLOCK_MONOTONIC, .flags = TFD_NONBLOCK, .value = 0.05, .interval = 0.05},
    {.name = "unread", .clock = CLOCK_MONOTONIC, .value = 0.01, .interval = HOUR},
    {.name = "expired", .clock = CLOCK_MONOTONIC, .flags = TFD_CLOEXEC, .value = 0.01},
    {.name = "absolute",
     .clock = CLOCK_REALTIME,
     .flags = TFD_NONBLOCK,
     .settime = TFD_TIMER_ABSTIME,
     .value = HOUR,
     .interval = 3},
    {.name = "boottime", .clock = CLOCK_BOOTTIME, .flags = TFD_NONBLOCK, .value = HOUR},
    {.name = "cancel on set",
     .clock = CLOCK_REALTIME,
     .flags = TFD_NONBLOCK,
     .settime = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
     .value = HOUR},
    {.name = "not armed", .clock = CLOCK_MONOTONIC, .flags = TFD_NONBLOCK},
};

static struct timespec spec(double seconds)
{
    return (struct timespec){(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)};
}

static double seconds(struct timespec ts)
{
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void arm(struct timer *t)
{
    struct itimerspec set = {spec(t->interval), spec(t->value)};
    if (t->settime)
        set.it_value.tv_sec += time(NULL);
    t->started = mono_ns();
    t->total = 0;
    if (t->value)
        must(timerfd_settime(t->fd, t->settime, &set, NULL));
}

static void setup(void)
{
    for (size_t i = 0; i < ARRAY_LEN(timers); i++) {
        timers[i].fd = must(timerfd_create(timers[i].clock, timers[i].flags));
        arm(&timers[i]);
    }
    wait_for(false, 300);
}

static void sabotage(void)
{
    must(timerfd_settime(timers[4].fd, 0, &(struct itimerspec){.it_value = spec(HOUR + 60)}, NULL)); // more than it ever had
}

static uint64_t ticks_of(struct timer *t)
{
    uint64_t ticks = 0;
    read_now(t->fd, &ticks, sizeof(ticks));
    return ticks;
}

static void check(void)
{
    for (size_t i = 0; i < ARRAY_LEN(timers); i++) {
        struct timer *t = &timers[i];
        struct itimerspec is;
        must(timerfd_gettime(t->fd, &is));
        double interval = seconds(is.it_interval), left = seconds(is.it_value);
        expect(interval > t->interval - 1e-6 && interval < t->interval + 1e-6, "%s: interval is %f", t->name, interval);
        expect_eq(t->name, fcntl(t->fd, F_GETFL) & O_NONBLOCK, t->flags & TFD_NONBLOCK);
        expect_eq(t->name, fcntl(t->fd, F_GETFD), t->flags & TFD_CLOEXEC ? FD_CLOEXEC : 0);
        expect_eq(t->name, fdinfo_number(t->fd, "clockid", 10), t->clock);
        if (t->value == HOUR)
            expect(left < HOUR - 0.25 && left > HOUR - 0.1 - (mono_ns() - t->started) / 1e9 - (t->settime ? 1 : 0),
                   "%s: remaining time is %f", t->name, left);
        if (t->settime) // 8.. bits as the kernel shows them: absolute, cancel on set
            expect_eq(t->name, fdinfo_number(t->fd, "settime flags", 8), t->settime);
    }
    uint64_t ticks = ticks_of(&timers[0]);
    expect(ticks >= 4, "expirations waiting in the periodic one: %lu", ticks);
    timers[0].total += ticks;
    expect(timers[0].total <= (mono_ns() - timers[0].started) / 50000000 + 2, "more expirations than time has passed: %lu",
           timers[0].total);
    expect_eq("expirations of the unread one", ticks_of(&timers[1]), 1);
    expect_eq("expirations of the expired one", ticks_of(&timers[2]), 1);
    expect_eq("expirations of the one not armed", ticks_of(&timers[6]), 0);
    ticks = 0;
    wait_for((ticks = ticks_of(&timers[0])) > 0, 3000);
    expect(ticks > 0, "the periodic timer does not tick");
    timers[0].total += ticks;
    arm(&timers[1]);
    arm(&timers[2]);
    wait_for(false, 300);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
