// SPDX-License-Identifier: GPL-2.0-only
// Processes that each wait in one system call for the signal of a timer of 2 ms, again and again. A dump takes longer than
// that: it finds the timer run out and its signal pending. The call must return when the handler has run; a wrong restore is
// noticed as calls that begin again after their signal.
#include "../tasks.h"
#include "before-call.h"
#include <poll.h>
#include <sys/select.h>
#include <sys/time.h>

#define HOUR 3600

static void wait_pause(void)
{
    pause();
}

static void wait_sleep(void)
{
    nanosleep(&(struct timespec){HOUR, 0}, NULL);
}

static void wait_poll(void)
{
    poll(NULL, 0, -1);
}

static void wait_poll_for_long(void)
{
    poll(NULL, 0, HOUR * 1000);
}

static void wait_select(void)
{
    select(0, NULL, NULL, NULL, NULL);
}

static void wait_read(void)
{
    static int ends[2] = {-1};
    char byte;
    if (ends[0] < 0)
        must(pipe2(ends, O_CLOEXEC));
    if (read(ends[0], &byte, 1) >= 0)
        _exit(1);
}

static timer_t timer;

static void arm_interval(void)
{
    must(setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0, 2000}}, NULL));
}

static void arm_posix(void)
{
    must(timer_settime(timer, 0, &(struct itimerspec){.it_value = {0, 2000000}}, NULL));
}

static const struct {
    const char *name;
    void (*wait)(void);
    void (*arm)(void);
} waits[] = {
    {"pause", wait_pause, arm_interval},
    {"nanosleep", wait_sleep, arm_interval},
    {"poll", wait_poll, arm_interval},
    {"poll for long", wait_poll_for_long, arm_interval},
    {"select", wait_select, arm_interval},
    {"read", wait_read, arm_interval},
    {"pause, POSIX timer", wait_pause, arm_posix},
};

#define COUNT ((int)ARRAY_LEN(waits))

static struct {
    volatile long handled, returned, repeating;
} *seen;
static int own;

// A process that loses the processor between arming and waiting has its signal too early, and would wait forever by itself.
// Lost at the call's very instruction it looks as one whose call is repeated after its signal: by itself that is rare, but
// it is what a wrong restore makes of nearly all.
static void handler(int signal, siginfo_t *info, void *context)
{
    enum place place = interrupted_at(context);
    (void)signal;
    (void)info;
    if (place == AFTER_CALL) {
        seen[own].handled++;
        return;
    }
    seen[own].repeating += place == AT_CALL;
    waits[own].arm();
}

static void child(void)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    must(sigaction(SIGALRM, &action, NULL));
    must(timer_create(CLOCK_MONOTONIC, &(struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM}, &timer));
    while (seen[own].returned % 64 || !program_over()) {
        waits[own].arm();
        waits[own].wait();
        seen[own].returned++;
    }
}

static void setup(void)
{
    seen = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (seen == MAP_FAILED)
        die("cannot map shared memory: %s", strerror(errno));
    for (own = 0; own < COUNT; own++)
        fork_child(child);
    for (int i = 0; i < COUNT; i++)
        wait_for(seen[i].returned > 0, 10000);
}

static void sabotage(void)
{
    must(kill(prog.children[0], SIGSTOP));
}

static void check(void)
{
    for (int i = 0; i < COUNT; i++) {
        long before = seen[i].returned;
        expect(wait_for(seen[i].returned > before + 2, 10000), "%s: does not return any more", waits[i].name);
        // Each return has its signal: nothing ended a call but a handler.
        expect(seen[i].repeating < 2, "%s: %ld calls began after their signal", waits[i].name, seen[i].repeating);
        expect(seen[i].handled >= before, "%s: %ld returns, %ld signals", waits[i].name, before, seen[i].handled);
    }
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
