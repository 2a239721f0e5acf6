// SPDX-License-Identifier: GPL-2.0-only
// Threads asleep in nanosleep and clock_nanosleep, relative with and without a place for the remaining time, and absolute.
// A wrong restore is noticed as an error (EINTR), or a sleep that ends too early or goes on for too long.
#include "blocked.h"

static long plain(struct blocked *b)
{
    struct timespec time = {b->seconds, (b->seconds - (long)b->seconds) * 1e9};
    return syscall(SYS_nanosleep, &time, NULL);
}

static long with_rest(struct blocked *b)
{
    struct timespec time = {b->seconds, (b->seconds - (long)b->seconds) * 1e9}, rest = {0};
    return syscall(SYS_nanosleep, &time, &rest);
}

static long relative(struct blocked *b)
{
    struct timespec time = {b->seconds, (b->seconds - (long)b->seconds) * 1e9}, rest = {0};
    return syscall(SYS_clock_nanosleep, CLOCK_BOOTTIME, 0, &time, &rest);
}

static long absolute(struct blocked *b)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_nsec += (b->seconds - (long)b->seconds) * 1e9;
    time.tv_sec += (time_t)b->seconds + time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static volatile bool shortened;

static long broken_when_told(struct blocked *b)
{
    if (!shortened)
        return with_rest(b);
    usleep(1000);
    return 0;
}

static struct blocked list[] = {
    {.name = "nanosleep without rest", .call = plain, .seconds = 1.2, .may_begin_anew = true},
    {.name = "nanosleep with rest", .call = broken_when_told, .seconds = 1.7, .may_begin_anew = true},
    {.name = "clock_nanosleep relative", .call = relative, .seconds = 1.3, .may_begin_anew = true},
    {.name = "clock_nanosleep absolute", .call = absolute, .seconds = 1.1},
};

static void setup(void)
{
    blocked_start(list, ARRAY_LEN(list));
}

static void sabotage(void)
{
    int before = list[1].returns;
    shortened = true;
    wait_for(list[1].returns > before, 5000);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = blocked_check, .sabotage = sabotage});
}
