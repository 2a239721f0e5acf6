// SPDX-License-Identifier: GPL-2.0-only
// Three generations with process groups of their own, a group shared by cousins, and a second session.
// A wrong restore is noticed as another pid, ppid, pgid or sid in what any task says of itself or /proc says of it.
#include "puppet.h"

static struct puppet group = {.name = "group"}, member = {.name = "member"}, cousin = {.name = "cousin"},
                     session = {.name = "session"}, inner = {.name = "inner"}, plain = {.name = "plain"}, deep = {.name = "deep"};
static struct puppet *all[] = {&group, &member, &cousin, &session, &inner, &plain, &deep};
static struct stat_ids own;

static void setup(void)
{
    fork_server("group", puppet_handler);
    ask("group", "setpgid 0");
    ask("group", "fork member");
    ask("member", "hello");
    puppet_remember(&group);
    fork_server("cousin", puppet_handler);
    ask("cousin", "setpgid %d", group.pid);
    fork_server("session", puppet_handler);
    ask("session", "setsid");
    ask("session", "fork inner");
    ask("inner", "setpgid 0");
    fork_server("plain", puppet_handler);
    ask("plain", "fork deep");
    ask("deep", "hello");
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        puppet_remember(all[i]);
    own = stat_ids(getpid());
}

static void sabotage(void)
{
    ask("cousin", "setpgid 0");
}

static void check(void)
{
    struct stat_ids now = stat_ids(getpid()); // its parent is not of the tree
    expect(now.pgrp == own.pgrp && now.session == own.session && own.pgrp == getpid(), "leader: pgid %d sid %d, not %d and %d",
           now.pgrp, now.session, own.pgrp, own.session);
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        puppet_expect_same(all[i]);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
