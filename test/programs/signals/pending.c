// SPDX-License-Identifier: GPL-2.0-only
// Pending signals: of the process and of a thread, real-time ones queued in order, with values, senders and codes.
// A wrong restore is noticed by dequeuing them: another order, number, code, sender or value, one too many or too few.
#include "../tasks.h"
#include "../threads.h"
#include "rawsignal.h"

#define RT 36
static const uint64_t all =
    SIG_BIT(SIGUSR1) | SIG_BIT(SIGUSR2) | SIG_BIT(SIGHUP) | SIG_BIT(SIGCHLD) | SIG_BIT(RT) | SIG_BIT(RT + 1) | SIG_BIT(RT + 2);
static struct expected {
    int signal, code, value;
    bool child; // sent by a child that is gone since
} shared[] =
    {
        // Lower numbers first, equal ones in the order of sending.
        {SIGHUP, SI_USER, 0, false},    {SIGUSR1, SI_QUEUE, 77, false}, {SIGUSR2, SI_USER, 0, true},
        {SIGCHLD, CLD_EXITED, 9, true}, {RT, SI_QUEUE, 1, false},       {RT, SI_QUEUE, 2, false},
        {RT, SI_USER, 0, true},         {RT, SI_QUEUE, 3, false},       {RT + 1, SI_QUEUE, -5, false},
        {RT + 2, SI_QUEUE, 8, false},
    },
  private[] = {
      {SIGUSR1, SI_TKILL, 0, false},
      {RT, SI_QUEUE, 11, false},
      {RT, SI_TKILL, 0, false},
      {RT + 1, -100, 12, false},
  };
static struct worker worker;
static pid_t sender;

static void queue_shared(void)
{
    pid_t self = getpid();
    raw_mask(SIG_SETMASK, all);
    for (int i = ARRAY_LEN(shared) - 1; i >= 0; i--) { // the reverse of what is expected, but for equal numbers
        int first = i;
        while (first > 0 && shared[first - 1].signal == shared[i].signal)
            first--;
        for (int j = first; j <= i; j++) {
            struct expected *e = &shared[j];
            if (e->signal == SIGCHLD || e->signal == SIGUSR2)
                continue; // both from the child below
            if (e->child || e->code == SI_USER)
                must(kill(self, e->signal));
            else
                must(sigqueue(self, e->signal, (union sigval){.sival_int = e->value}));
        }
        i = first;
    }
    sender = must(fork());
    if (sender == 0) {
        kill(self, SIGUSR2);
        _exit(9);
    }
    siginfo_t info;
    must(waitid(P_PID, sender, &info, WEXITED)); // the child is gone, its signals are still pending
}

static void queue_private(struct worker *w)
{
    siginfo_t info = {.si_signo = RT + 1, .si_code = -100};
    pid_t self = getpid(), tid = syscall(SYS_gettid);
    raw_mask(SIG_SETMASK, all);
    (void)w;
    info.si_pid = 123;
    info.si_uid = 456;
    info.si_value.sival_int = 12;
    must(syscall(SYS_rt_tgsigqueueinfo, self, tid, RT + 1, &info));
    must_zero(pthread_sigqueue(pthread_self(), RT, (union sigval){.sival_int = 11}));
    must(syscall(SYS_tgkill, self, tid, RT));
    must(syscall(SYS_tgkill, self, tid, SIGUSR1));
}

static void verify(const char *queue, const struct expected *list, size_t count)
{
    siginfo_t info;
    for (size_t i = 0; i < count; i++) {
        const struct expected *e = &list[i];
        int signal = raw_dequeue(all, &info);
        expect(signal == e->signal, "%s signal %zu: expected signal %d, is %d", queue, i, e->signal, signal);
        expect(info.si_code == e->code, "%s signal %zu: expected code %d, is %d", queue, i, e->code, info.si_code);
        if (e->code == -100)
            expect(info.si_pid == 123 && info.si_uid == 456, "%s: sender is %d/%d", queue, info.si_pid, info.si_uid);
        else
            expect_eq("sender", info.si_pid, e->signal == SIGCHLD || e->signal == SIGUSR2 ? sender : getpid());
        if (e->code == CLD_EXITED)
            expect_eq("exit status in the pending SIGCHLD", info.si_status, e->value);
        else if (e->code != SI_USER && e->code != SI_TKILL)
            expect_eq("value", info.si_value.sival_int, e->value);
    }
}

static void run(struct worker *w)
{
    verify("private", private, ARRAY_LEN(private));
    queue_private(w);
}

static void setup(void)
{
    raw_mask(SIG_SETMASK, all);
    worker = (struct worker){.start = queue_private, .run = run};
    worker_create(&worker, 0);
    queue_shared();
}

static void sabotage(void)
{
    siginfo_t info;
    raw_dequeue(SIG_BIT(RT), &info); // the first of a row is lost
}

static void check(void)
{
    siginfo_t info;
    worker_command(&worker); // private ones first: the thread would take the process's when its own are used up
    verify("shared", shared, ARRAY_LEN(shared));
    int left = raw_dequeue(all, &info);
    expect(left < 0, "one signal too many: %d", left);
    queue_shared();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
