// SPDX-License-Identifier: GPL-2.0-only
// A grandchild that asked for SIGUSR2 at its parent's death, also after a change of user ids (which clears the wish, so
// it was made afterwards). A wrong restore is noticed as another PR_GET_PDEATHSIG, and as no signal when the parent dies.
#include "puppet.h"

static volatile sig_atomic_t deaths;
static int generation;
static char parent_name[32], child_name[32];

static void on_death(int signal)
{
    (void)signal;
    deaths++;
}

static void wisher(const char *question)
{
    int is = 0;
    if (asked(question, "check", NULL)) {
        must(prctl(PR_GET_PDEATHSIG, &is));
        expect_eq("PR_GET_PDEATHSIG", is, SIGUSR2);
        expect_eq("signals so far", deaths, 0);
    } else if (asked(question, "died", NULL)) {
        expect(wait_for(deaths, 5000), "no signal at the parent's death");
        leave_code = 0;
    } else if (asked(question, "sabotage", NULL)) {
        must(prctl(PR_SET_PDEATHSIG, 0));
    }
}

static void parent(void)
{
    if (must(fork()) == 0) {
        signal(SIGUSR2, on_death);
        must(setresuid(0, 0, 4000));
        must(prctl(PR_SET_PDEATHSIG, SIGUSR2));
        must(prctl(PR_SET_DUMPABLE, 1));
        serve(child_name, wisher);
    }
    serve(parent_name, puppet_handler);
}

static void make(void)
{
    generation++;
    snprintf(parent_name, sizeof(parent_name), "parent%d", generation);
    snprintf(child_name, sizeof(child_name), "child%d", generation);
    fork_child(parent);
    ask(child_name, "check");
}

static void setup(void)
{
    if (geteuid())
        skip("needs root");
    make();
}

static void sabotage(void)
{
    ask(child_name, "sabotage");
}

static void check(void)
{
    ask(child_name, "check");
    if (prog.failed)
        return;
    pid_t pid = prog.children[--prog.child_count];
    ask(parent_name, "exit 0");
    must(waitpid(pid, NULL, 0));
    ask(child_name, "died");
    make();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
