// SPDX-License-Identifier: GPL-2.0-only
// Two stopped children, one by SIGSTOP and one by SIGTSTP (in a group of its own: an orphaned group ignores that).
// A wrong restore is noticed as a child that runs, a stop with another signal, or one that does not continue.
#include "puppet.h"

static struct stopped {
    struct puppet puppet;
    int signal;
} children[] = {{.puppet = {.name = "stop"}, .signal = SIGSTOP}, {.puppet = {.name = "tstp"}, .signal = SIGTSTP}};

static void stop(struct stopped *s)
{
    siginfo_t info;
    must(kill(s->puppet.pid, s->signal));
    must(waitid(P_PID, s->puppet.pid, &info, WSTOPPED | WNOWAIT));
}

static void setup(void)
{
    for (size_t i = 0; i < ARRAY_LEN(children); i++) {
        fork_server(children[i].puppet.name, puppet_handler);
        ask(children[i].puppet.name, "setpgid 0");
        puppet_remember(&children[i].puppet);
        stop(&children[i]);
    }
}

static void sabotage(void)
{
    must(kill(children[0].puppet.pid, SIGCONT));
}

static void check(void)
{
    for (size_t i = 0; i < ARRAY_LEN(children); i++) {
        struct stopped *s = &children[i];
        siginfo_t info = {0};
        // A restored tree may run a moment before its stop has reached every task.
        wait_for(stat_ids(s->puppet.pid).state == 'T', 10000);
        expect_eq("state of the stopped child", stat_ids(s->puppet.pid).state, 'T');
        must(waitid(P_PID, s->puppet.pid, &info, WSTOPPED | WNOHANG));
        expect_eq("si_pid of the stop", info.si_pid, s->puppet.pid);
        expect_eq("si_code of the stop", info.si_code, CLD_STOPPED);
        expect_eq("si_status of the stop", info.si_status, s->signal);
        must(kill(s->puppet.pid, SIGCONT));
        if (prog.failed)
            continue;
        must(waitid(P_PID, s->puppet.pid, &info, WCONTINUED));
        expect_eq("si_code of the continuation", info.si_code, CLD_CONTINUED);
        puppet_expect_same(&s->puppet);
        stop(s);
    }
}

static void teardown(void)
{
    for (size_t i = 0; i < ARRAY_LEN(children); i++)
        kill(children[i].puppet.pid, SIGCONT);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage, .teardown = teardown});
}
