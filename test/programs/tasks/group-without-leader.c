// SPDX-License-Identifier: GPL-2.0-only
// A process group whose leader has exited and been reaped: its id is no task's pid any more.
// A wrong restore is noticed as another pgid of the two members, or as a group signal that does not reach both.
#include "puppet.h"

static struct puppet leader = {.name = "leader"}, first = {.name = "first"}, second = {.name = "second"};

static void setup(void)
{
    pid_t pid = fork_server("leader", puppet_handler);
    ask("leader", "setpgid 0");
    puppet_remember(&leader);
    fork_server("first", puppet_handler);
    ask("first", "setpgid %d", leader.pid);
    fork_server("second", puppet_handler);
    ask("second", "setpgid %d", leader.pid);
    ask("leader", "exit 0");
    must(waitpid(pid, NULL, 0));
    forget_child(pid);
    puppet_remember(&first);
    puppet_remember(&second);
}

static void sabotage(void)
{
    ask("second", "setpgid 0");
}

static void check(void)
{
    puppet_expect_same(&first);
    puppet_expect_same(&second);
    expect_errno("signal to the pid of the dead group leader", kill(leader.pid, 0), ESRCH);
    must(kill(-leader.pid, SIGSTOP));
    expect(wait_for(stat_ids(first.pid).state == 'T', 10000), "first does not get the group's signal");
    expect(wait_for(stat_ids(second.pid).state == 'T', 10000), "second does not get the group's signal");
    must(kill(-leader.pid, SIGCONT));
    ask("first", "hello");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
