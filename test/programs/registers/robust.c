// SPDX-License-Identifier: GPL-2.0-only
// Robust mutexes owned by a thread and, in shared memory, by another process: the kernel walks the owner's robust list
// when it dies. A wrong restore is noticed as a mutex that is not held, or a lock that does not say EOWNERDEAD when the
// owner has died.
#include "../tasks.h"
#include "../threads.h"

static pthread_mutex_t *shared, private_mutex;
static struct worker *owner;
static int generation;

static void init(pthread_mutex_t *mutex, int sharing)
{
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&attr, sharing);
    must_zero(pthread_mutex_init(mutex, &attr));
}

static void lock_mine(struct worker *w)
{
    (void)w;
    must_zero(pthread_mutex_lock(&private_mutex));
}

static void end_thread(struct worker *w)
{
    (void)w;
    pthread_exit(NULL); // with the mutex held
}

static void handler(const char *question)
{
    if (asked(question, "lock", NULL))
        must_zero(pthread_mutex_lock(shared));
    if (asked(question, "exit", NULL))
        leave_code = 0;
}

static void make_owners(void)
{
    char name[32];
    owner = calloc(1, sizeof(*owner));
    owner->start = lock_mine;
    owner->run = end_thread;
    worker_create(owner, 0);
    snprintf(name, sizeof(name), "owner%d", ++generation);
    fork_server(name, handler);
    ask(name, "lock");
}

static void setup(void)
{
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    init(shared, PTHREAD_PROCESS_SHARED);
    init(&private_mutex, PTHREAD_PROCESS_PRIVATE);
    make_owners();
}

static void sabotage(void)
{
    init(&private_mutex, PTHREAD_PROCESS_PRIVATE); // held by nobody
}

static void died(const char *what, pthread_mutex_t *mutex)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    expect_eq(what, pthread_mutex_timedlock(mutex, &until), EOWNERDEAD);
    if (prog.failed)
        return;
    must_zero(pthread_mutex_consistent(mutex));
    must_zero(pthread_mutex_unlock(mutex));
}

static void check(void)
{
    char name[32];
    expect_eq("trylock of the thread's mutex", pthread_mutex_trylock(&private_mutex), EBUSY);
    expect_eq("trylock of the other process's mutex", pthread_mutex_trylock(shared), EBUSY);
    if (prog.failed)
        return;
    sem_post(&owner->command);
    died("lock after the owning thread's death", &private_mutex);
    must_zero(pthread_join(owner->thread, NULL));
    snprintf(name, sizeof(name), "owner%d", generation);
    pid_t pid = prog.children[--prog.child_count];
    ask(name, "exit");
    must(waitpid(pid, NULL, 0));
    died("lock after the owning process's death", shared);
    make_owners();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
