// SPDX-License-Identifier: GPL-2.0-only
// Threads in wait4 and waitid for children that live, and in flock for a lock that another description holds.
// A wrong restore is noticed as EINTR, another child, another status, or a wait that the child's exit
// or the unlock does not end.
#include "../tasks.h"
#include "blocked.h"
#include <sys/file.h>

static pid_t waited[2];
static int generation[2];

static void bystander(const char *question)
{
    const char *rest;
    if (asked(question, "exit", &rest))
        leave_code = atoi(rest);
}

static void name_of(int which, char *name)
{
    sprintf(name, "child-%c%d", 'a' + which, generation[which]);
}

static void spawn(int which)
{
    char name[32];
    generation[which]++;
    name_of(which, name);
    waited[which] = fork_server(name, bystander);
}

static long wait_four(struct blocked *b)
{
    int status;
    if (!wait_for(waited[0] != 0, 10000))
        return -3;
    long pid = wait4(waited[0], &status, 0, NULL);
    if (pid == waited[0] && WIFEXITED(status)) {
        waited[0] = 0;
        return WEXITSTATUS(status);
    }
    (void)b;
    return pid;
}

static long wait_id(struct blocked *b)
{
    siginfo_t info;
    if (!wait_for(waited[1] != 0, 10000))
        return -3;
    long result = waitid(P_PID, waited[1], &info, WEXITED);
    if (result == 0 && info.si_pid == waited[1]) {
        waited[1] = 0;
        return info.si_status;
    }
    (void)b;
    return result < 0 ? result : -4;
}

static long lock_file(struct blocked *b)
{
    volatile uint32_t *step = &b->word;
    long result = flock(b->fds[0], LOCK_EX);
    if (result || flock(b->fds[0], LOCK_UN))
        return -1;
    *step = 1;
    return wait_for(*step == 0, 10000) ? 0 : -5; // the leader has the lock again
}

static void wake_child(struct blocked *b)
{
    char name[32];
    int which = b->call == wait_id;
    pid_t pid = waited[which];
    name_of(which, name);
    forget_child(pid);
    ask(name, "exit 42");
    wait_for(waited[which] == 0, 5000);
    if (!prog.failed)
        spawn(which);
}

static void wake_lock(struct blocked *b)
{
    volatile uint32_t *step = &b->word;
    must(flock(b->fds[1], LOCK_UN));
    expect(wait_for(*step == 1, 5000), "flock: does not get the lock");
    must(flock(b->fds[1], LOCK_EX));
    *step = 0;
}

static struct blocked list[] = {
    {.name = "wait4", .call = wait_four, .wake = wake_child, .want = 42},
    {.name = "waitid", .call = wait_id, .wake = wake_child, .want = 42},
    {.name = "flock", .call = lock_file, .wake = wake_lock},
};

static void setup(void)
{
    spawn(0);
    spawn(1);
    char *path = side_path(".lock");
    for (int i = 0; i < 2; i++)
        list[2].fds[i] = must(open(path, O_RDWR | O_CREAT, 0600));
    must(flock(list[2].fds[1], LOCK_EX));
    blocked_start(list, ARRAY_LEN(list));
}

static void sabotage(void)
{
    wake_lock(&list[2]);
    wait_for(list[2].returns == 1, 5000);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = blocked_check, .sabotage = sabotage});
}
