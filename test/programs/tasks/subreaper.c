// SPDX-License-Identifier: GPL-2.0-only
// The child subreaper attribute of a task in the middle of the tree, and of none of the others.
// A wrong restore is noticed as another PR_GET_CHILD_SUBREAPER, and as a new orphan that goes to another parent.
#include "puppet.h"

static struct puppet reaper = {.name = "reaper"};
static struct puppet below = {.name = "below"};

static void handler(const char *question)
{
    const char *rest;
    int is;
    if (asked(question, "reaper?", &rest)) {
        must(prctl(PR_GET_CHILD_SUBREAPER, &is));
        expect_eq("PR_GET_CHILD_SUBREAPER", is, atoi(rest));
    } else if (asked(question, "orphan", NULL)) { // the parent of a task whose parent has just exited
        int ends[2], parent = 0;
        must(pipe(ends));
        pid_t between = must(fork());
        if (between == 0) {
            pid_t dying = getpid();
            if (fork() == 0) {
                wait_for(getppid() != dying, 5000);
                parent = getppid();
                _exit(write(ends[1], &parent, sizeof(parent)) < 0);
            }
            _exit(0);
        }
        must(waitpid(between, NULL, 0));
        must(read(ends[0], &parent, sizeof(parent)));
        close(ends[0]);
        close(ends[1]);
        must(waitpid(-1, NULL, 0));
        expect_eq("parent of a new orphan", parent, getpid());
    } else if (asked(question, "fork below", NULL)) {
        if (must(fork()) == 0)
            serve("below", handler);
    } else {
        puppet_handler(question);
    }
}

static void setup(void)
{
    fork_server("reaper", handler);
    ask("reaper", "subreaper 1");
    ask("reaper", "fork below");
    puppet_remember(&reaper);
    puppet_remember(&below);
}

static void sabotage(void)
{
    ask("reaper", "subreaper 0");
}

static void check(void)
{
    int is;
    must(prctl(PR_GET_CHILD_SUBREAPER, &is));
    expect_eq("the leader's PR_GET_CHILD_SUBREAPER", is, 0);
    ask("below", "reaper? 0");
    ask("reaper", "reaper? 1");
    if (!prog.failed)
        ask("reaper", "orphan");
    puppet_expect_same(&reaper);
    puppet_expect_same(&below);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
