// SPDX-License-Identifier: GPL-2.0-only
// Threads that are commanded by the leader, each waiting on a futex between commands.
#ifndef STASIS_PROGRAMS_THREADS_H
#define STASIS_PROGRAMS_THREADS_H

#include "common.h"
#include <pthread.h>
#include <semaphore.h>

struct worker {
    pthread_t thread;
    pid_t tid;
    int index;
    sem_t command, done;
    void (*start)(struct worker *); // run in the thread once, before it is commanded
    void (*run)(struct worker *);   // run in the thread at each command; fails with expect*()
};

static inline void worker_wait(sem_t *sem)
{
    while (sem_wait(sem))
        if (errno != EINTR)
            die("sem_wait: %s", strerror(errno));
}

static inline void *worker_main(void *arg)
{
    struct worker *w = arg;
    w->tid = syscall(SYS_gettid);
    if (w->start)
        w->start(w);
    for (;;) {
        sem_post(&w->done);
        worker_wait(&w->command);
        w->run(w);
    }
    return NULL;
}

// A small stack for one of many threads, or as small as the machine's C library allows.
static inline void small_stack(pthread_attr_t *attr, size_t size)
{
    size_t least = sysconf(_SC_THREAD_STACK_MIN);
    must_zero(pthread_attr_setstacksize(attr, size < least ? least : size));
}

static inline void worker_create(struct worker *w, size_t stack)
{
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    if (stack)
        small_stack(&attr, stack);
    must(sem_init(&w->command, 0, 0));
    must(sem_init(&w->done, 0, 0));
    must_zero(pthread_create(&w->thread, &attr, worker_main, w));
    pthread_attr_destroy(&attr);
    worker_wait(&w->done);
}

// Lets the thread do its work and waits for it; a thread that does not finish in 30 s is a failure.
static inline void worker_command(struct worker *w)
{
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += 30;
    sem_post(&w->command);
    int result;
    while ((result = sem_clockwait(&w->done, CLOCK_MONOTONIC, &deadline)) && errno == EINTR)
        ;
    expect(!result, "thread %d: does not answer", w->tid);
}

#endif
