// SPDX-License-Identifier: GPL-2.0-only
// Signals that are pending for the process and for a thread although there was no room for what is to be told with them
// (RLIMIT_SIGPENDING), beside one that came before the limit did.
// A wrong restore is noticed as a signal that is not there any more, or that tells more than the kernel knew.
#include "../threads.h"
#include "rawsignal.h"
#include <sys/resource.h>

#define RT 36

static const uint64_t all = SIG_BIT(SIGHUP) | SIG_BIT(RT) | SIG_BIT(SIGUSR2);
static struct worker worker;
static struct rlimit room;

static void allow(rlim_t count)
{
    must(setrlimit(RLIMIT_SIGPENDING, &(struct rlimit){count, room.rlim_max}));
}

static void expect_pending(const char *who, int signal, int code, pid_t sender)
{
    siginfo_t info;
    expect(raw_dequeue(SIG_BIT(signal), &info) == signal, "signal %d of the %s is not pending", signal, who);
    expect(info.si_code == code && info.si_pid == sender, "signal %d of the %s: code %d, sender %d", signal, who, info.si_code,
           info.si_pid);
}

static void start(struct worker *w)
{
    (void)w;
    raw_mask(SIG_BLOCK, all);
}

static void run(struct worker *w)
{
    (void)w;
    expect_pending("thread", SIGUSR2, SI_USER, 0);
}

static void send(void)
{
    allow(room.rlim_cur);
    must(kill(getpid(), SIGHUP));
    allow(0);
    // Of real-time signals kill(2), of others whatever is told by a program, comes all the same.
    siginfo_t info = {.si_signo = SIGUSR2, .si_code = SI_QUEUE, .si_pid = getpid(), .si_value.sival_int = 5};
    must(kill(getpid(), RT));
    must(syscall(SYS_rt_tgsigqueueinfo, getpid(), worker.tid, SIGUSR2, &info));
}

static void setup(void)
{
    must(getrlimit(RLIMIT_SIGPENDING, &room));
    raw_mask(SIG_BLOCK, all);
    worker = (struct worker){.start = start, .run = run};
    worker_create(&worker, 0);
    send();
}

static void sabotage(void)
{
    siginfo_t info;
    raw_dequeue(SIG_BIT(RT), &info);
}

static void check(void)
{
    expect_pending("process", SIGHUP, SI_USER, getpid());
    expect_pending("process", RT, SI_USER, 0);
    worker_command(&worker);
    siginfo_t info;
    expect(raw_dequeue(all, &info) < 0, "a signal more: %d", info.si_signo);
    send();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
