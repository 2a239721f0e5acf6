// SPDX-License-Identifier: GPL-2.0-only
// signalfds with different masks, and pending signals that only reading them shows.
// A wrong restore is noticed as another mask in fdinfo, or signals lost, doubled or with other values.
#include "fds.h"
#include <sys/signalfd.h>

static int first, second;

static void queue(void)
{
    for (int i = 1; i <= 3; i++)
        must(sigqueue(getpid(), 40, (union sigval){.sival_int = i}));
    must(kill(getpid(), SIGUSR1));
}

static void setup(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    first = must(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    sigaddset(&set, 40);
    sigaddset(&set, 50);
    must(sigprocmask(SIG_BLOCK, &set, NULL));
    sigdelset(&set, SIGUSR1);
    second = must(signalfd(-1, &set, SFD_NONBLOCK));
    queue();
}

static void sabotage(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, 50);
    must(signalfd(second, &set, 0));
}

static void check(void)
{
    struct signalfd_siginfo info = {0};
    expect_eq("mask of the first", fdinfo_number(first, "sigmask", 16), 1L << (SIGUSR1 - 1));
    expect_eq("mask of the second", fdinfo_number(second, "sigmask", 16), 1L << 39 | 1L << 49);
    for (int i = 1; i <= 3; i++) {
        expect_eq("read of the second", read(second, &info, sizeof(info)), sizeof(info));
        expect(info.ssi_signo == 40 && info.ssi_code == SI_QUEUE && info.ssi_int == i,
               "signal %u code %d value %d, not 40 with %d", info.ssi_signo, info.ssi_code, info.ssi_int, i);
    }
    expect_errno("read of the second when empty", read(second, &info, sizeof(info)), EAGAIN);
    expect_eq("read of the first", read(first, &info, sizeof(info)), sizeof(info));
    expect(info.ssi_signo == SIGUSR1 && (pid_t)info.ssi_pid == getpid(), "signal %u of %u", info.ssi_signo, info.ssi_pid);
    expect_errno("read of the first when empty", read(first, &info, sizeof(info)), EAGAIN);
    queue();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
