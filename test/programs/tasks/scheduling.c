// SPDX-License-Identifier: GPL-2.0-only
// Threads of every scheduling policy (but deadline) with priorities, nice values, the reset-on-fork flag, affinities and
// timer slacks of their own, and two with slices (6.12). A wrong restore is noticed as any other value that the kernel gives of a thread.
#include "../threads.h"
#include <sys/resource.h>

struct attributes { // struct sched_attr of sched_setattr(2), first version
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

#define RESET_ON_FORK 1

static struct kind {
    uint32_t policy, priority;
    int32_t nice;
    uint64_t flags;
    unsigned long slack;
    int cpu;        // -1: all
    uint64_t slice; // 0: the kernel's
} kinds[] = {
    {SCHED_OTHER, 0, 5, 0, 50000, -1, 0},
    {SCHED_OTHER, 0, -7, RESET_ON_FORK, 70001, 0, 0},
    {SCHED_BATCH, 0, 9, 0, 1, 1, 0},
    {SCHED_IDLE, 0, 4, 0, 123456789, -1, 0},
    {SCHED_FIFO, 3, 2, 0, 50000, 0, 0},
    {SCHED_RR, 7, -3, RESET_ON_FORK, 50000, 1, 0},
    {SCHED_OTHER, 0, 0, 0, 50000, -1, 7000000},
    {SCHED_BATCH, 0, 3, 0, 50000, -1, 100000},
};
static struct worker workers[ARRAY_LEN(kinds)];
static uint64_t slices[ARRAY_LEN(kinds)];
static cpu_set_t allowed, wanted[ARRAY_LEN(kinds)];

static struct attributes told(void)
{
    struct attributes is = {0};
    must(syscall(SYS_sched_getattr, 0, &is, sizeof(is), 0));
    return is;
}

static void start(struct worker *w)
{
    struct kind *k = &kinds[w->index];
    struct attributes set = {sizeof(set), k->policy, k->flags, k->nice, k->priority, k->slice, 0, 0};
    wanted[w->index] = allowed;
    if (k->cpu >= 0 && CPU_ISSET(k->cpu, &allowed)) {
        CPU_ZERO(&wanted[w->index]);
        CPU_SET(k->cpu, &wanted[w->index]);
        must(sched_setaffinity(0, sizeof(cpu_set_t), &wanted[w->index]));
    }
    must(prctl(PR_SET_TIMERSLACK, k->slack));
    must(syscall(SYS_sched_setattr, 0, &set, 0));
    if (k->policy != SCHED_OTHER && k->policy != SCHED_BATCH) // sched_setattr takes no nice value for others
        must(setpriority(PRIO_PROCESS, w->tid, k->nice));
    slices[w->index] = told().runtime; // 0 before 6.12
}

static void run(struct worker *w)
{
    struct kind *k = &kinds[w->index];
    struct attributes is = told();
    cpu_set_t cpus;
    expect_eq("policy", is.policy, k->policy);
    expect_eq("priority", is.priority, k->priority);
    expect_eq("slice", is.runtime, slices[w->index]);
    expect_eq("flags", is.flags, k->flags);
    errno = 0;
    expect_eq("nice", getpriority(PRIO_PROCESS, w->tid), k->nice);
    must(sched_getaffinity(0, sizeof(cpus), &cpus));
    expect(CPU_EQUAL(&cpus, &wanted[w->index]), "thread %d: another affinity", w->index);
    if (k->policy != SCHED_FIFO && k->policy != SCHED_RR) // the kernel keeps none for those (6.13)
        expect_eq("timer slack", prctl(PR_GET_TIMERSLACK), k->slack);
}

static void setup(void)
{
    must(sched_getaffinity(0, sizeof(allowed), &allowed));
    must(setpriority(PRIO_PROCESS, 0, 2));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        workers[i] = (struct worker){.index = i, .start = start, .run = run};
        worker_create(&workers[i], 0);
    }
}

static void sabotage(void)
{
    must(setpriority(PRIO_PROCESS, workers[2].tid, 10));
}

static void check(void)
{
    expect_eq("nice of the leader", getpriority(PRIO_PROCESS, 0), 2);
    expect_eq("policy of the leader", sched_getscheduler(0), SCHED_OTHER);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        worker_command(&workers[i]);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
