// SPDX-License-Identifier: GPL-2.0-only
// Children that are dead and not waited for: exit codes, killed by signals, a group leader and a session leader.
// A wrong restore is noticed by waitid(WNOWAIT): another pid, code, status or uid, or no child at all.
#include "../procfs.h"
#include "../tasks.h"
#include <sys/resource.h>

static struct zombie {
    int exit_code, signal; // one of the two
    bool group, session;
    pid_t pid;
    struct stat_ids ids;
    siginfo_t info;
} zombies[] = {
    {.exit_code = 0},
    {.exit_code = 7},
    {.exit_code = 255},
    {.signal = SIGKILL},
    {.signal = SIGTERM},
    {.signal = SIGSEGV},
    {.signal = 40},
    {.exit_code = 1, .group = true},
    {.exit_code = 2, .session = true},
};

static void setup(void)
{
    struct rlimit no_core = {0, 0};
    must(setrlimit(RLIMIT_CORE, &no_core));
    for (size_t i = 0; i < ARRAY_LEN(zombies); i++) {
        struct zombie *z = &zombies[i];
        z->pid = must(fork());
        if (z->pid == 0) {
            if (z->group)
                setpgid(0, 0);
            if (z->session)
                setsid();
            if (z->signal)
                kill(getpid(), z->signal);
            _exit(z->exit_code);
        }
        must(waitid(P_PID, z->pid, &z->info, WEXITED | WNOWAIT));
        z->ids = stat_ids(z->pid);
        expect_eq("state of the new zombie", z->ids.state, 'Z');
    }
}

static void sabotage(void)
{
    must(waitpid(zombies[3].pid, NULL, 0));
}

static void check(void)
{
    for (size_t i = 0; i < ARRAY_LEN(zombies); i++) {
        struct zombie *z = &zombies[i];
        siginfo_t info = {0};
        struct stat_ids ids = stat_ids(z->pid);
        expect(!waitid(P_PID, z->pid, &info, WEXITED | WNOWAIT | WNOHANG), "zombie %d: waitid: %s", z->pid, strerror(errno));
        expect_eq("si_pid of the zombie", info.si_pid, z->pid);
        expect_eq("si_code", info.si_code, z->signal ? CLD_KILLED : CLD_EXITED);
        expect_eq("si_status", info.si_status, z->signal ? z->signal : z->exit_code);
        expect_eq("si_uid", info.si_uid, z->info.si_uid);
        expect_eq("state", ids.state, 'Z');
        expect_eq("ppid", ids.ppid, getpid());
        expect_eq("pgid", ids.pgrp, z->ids.pgrp);
        expect_eq("sid", ids.session, z->ids.session);
    }
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
