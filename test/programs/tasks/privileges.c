// SPDX-License-Identifier: GPL-2.0-only
// no_new_privs of a child and of one thread only, and the dumpable attribute both ways, also against what a change of
// user ids leaves. A wrong restore is noticed as another prctl value in any of the three children.
#include "../tasks.h"
#include "../threads.h"

static struct kind {
    const char *name;
    bool no_new_privs, not_dumpable, other_user, thread_only;
} kinds[] = {
    {.name = "no-new-privs", .no_new_privs = true},
    {.name = "not-dumpable", .not_dumpable = true},
    {.name = "other-user-dumpable", .other_user = true},
    {.name = "thread-no-new-privs", .thread_only = true},
};
static struct kind *mine;
static struct worker thread;

static void in_thread_start(struct worker *w)
{
    (void)w;
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static void in_thread(struct worker *w)
{
    (void)w;
    expect_eq("no_new_privs of the thread", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
}

static void handler(const char *question)
{
    if (asked(question, "sabotage", NULL))
        must(prctl(PR_SET_DUMPABLE, 1));
    if (!asked(question, "check", NULL))
        return;
    expect_eq("no_new_privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), mine->no_new_privs);
    expect_eq("dumpable", prctl(PR_GET_DUMPABLE), !mine->not_dumpable);
    if (mine->thread_only)
        worker_command(&thread);
}

static void become(void)
{
    if (mine->no_new_privs)
        must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    if (mine->other_user)
        must(setresuid(0, 0, 4000));
    if (mine->thread_only) {
        thread = (struct worker){.start = in_thread_start, .run = in_thread};
        worker_create(&thread, 0);
    }
    must(prctl(PR_SET_DUMPABLE, !mine->not_dumpable));
    serve(mine->name, handler);
}

static void setup(void)
{
    if (geteuid())
        skip("needs root");
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        mine = &kinds[i];
        fork_child(become);
        ask(mine->name, "check");
    }
}

static void sabotage(void)
{
    ask("not-dumpable", "sabotage");
}

static void check(void)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        ask(kinds[i].name, "check");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
