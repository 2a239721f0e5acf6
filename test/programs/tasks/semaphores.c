// SPDX-License-Identifier: GPL-2.0-only
// System V semaphores that the kernel keeps: a thread has taken and given back with SEM_UNDO, and taken without, so that
// nothing is to be undone when the process is killed.
// A wrong restore, or a dump that carries something out, is noticed as another value.
#include "../threads.h"
#include <sys/ipc.h>
#include <sys/sem.h>

static struct worker worker;
static int set = -1;

static void change(int number, int by, int flags)
{
    struct sembuf op = {.sem_num = number, .sem_op = by, .sem_flg = flags};
    must(semop(set, &op, 1));
}

static void run(struct worker *w)
{
    (void)w;
    change(0, -1, SEM_UNDO);
    change(0, 1, SEM_UNDO);
}

static void setup(void)
{
    set = must(semget(IPC_PRIVATE, 2, 0600));
    change(0, 5, 0);
    change(1, 9, 0);
    change(1, -2, 0);
    worker = (struct worker){.run = run};
    worker_create(&worker, 0);
    worker_command(&worker);
}

static void sabotage(void)
{
    change(1, 1, 0);
}

static void check(void)
{
    expect_eq("first semaphore", semctl(set, 0, GETVAL), 5);
    expect_eq("second semaphore", semctl(set, 1, GETVAL), 7);
    worker_command(&worker);
}

static void teardown(void)
{
    semctl(set, 0, IPC_RMID);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){setup, check, sabotage, teardown});
}
