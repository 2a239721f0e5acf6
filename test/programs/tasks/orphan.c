// SPDX-License-Identifier: GPL-2.0-only
// Daemons in the tree through a child subreaper: one leads its own session, one is left in the session of a dead and
// reaped leader. A wrong restore is noticed as another ppid (the subreaper is lost), pgid or sid.
#include "puppet.h"

static struct puppet leading = {.name = "leading"}, left = {.name = "left"};

static void make(const char *daemon, bool session_of_parent)
{
    pid_t between = fork_server("between", puppet_handler);
    if (session_of_parent)
        ask("between", "setsid");
    ask("between", "fork %s", daemon);
    ask(daemon, "hello");
    if (!session_of_parent)
        ask(daemon, "setsid");
    ask("between", "exit 0");
    must(waitpid(between, NULL, 0));
    forget_child(between);
}

static void setup(void)
{
    must(prctl(PR_SET_CHILD_SUBREAPER, 1));
    make("leading", false);
    make("left", true);
    puppet_remember(&leading);
    puppet_remember(&left);
    expect_eq("parent of the daemon", stat_ids(left.pid).ppid, getpid());
    expect(stat_ids(left.pid).session != left.pid, "the daemon leads its session");
}

static void sabotage(void)
{
    ask("left", "setsid");
}

static void check(void)
{
    puppet_expect_same(&leading);
    puppet_expect_same(&left);
    expect_eq("leader's own session", getsid(0), getpid());
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
