// SPDX-License-Identifier: GPL-2.0-only
// The word that the kernel clears and wakes when a thread ends: libc's (pthread_join), one set by set_tid_address, and
// the leader's. A wrong restore is noticed as another PR_GET_TID_ADDRESS, or an end of a thread that clears nothing.
#include "../threads.h"
#include <linux/futex.h>

static uint32_t leader_word = 1, *thread_word;
static struct worker *joined, *own;

static uint32_t *address(void)
{
    uint32_t *is = NULL;
    must(prctl(PR_GET_TID_ADDRESS, &is));
    return is;
}

static void set_address(struct worker *w)
{
    pthread_detach(pthread_self());
    *thread_word = w->tid;
    must(syscall(SYS_set_tid_address, thread_word) - w->tid);
}

static void end_own(struct worker *w)
{
    (void)w;
    expect(address() == thread_word, "PR_GET_TID_ADDRESS of the thread: expected %p, is %p", (void *)thread_word,
           (void *)address());
    if (prog.sabotage)
        syscall(SYS_set_tid_address, &leader_word);
    pthread_exit(NULL);
}

static void end_joined(struct worker *w)
{
    pthread_exit(w);
}

static void make(void)
{
    joined = calloc(1, sizeof(*joined)); // a new one each round: libc may still read the old
    own = calloc(1, sizeof(*own));
    thread_word = calloc(1, sizeof(*thread_word));
    joined->run = end_joined;
    own->start = set_address;
    own->run = end_own;
    worker_create(joined, 0);
    worker_create(own, 0);
}

static void setup(void)
{
    if (prctl(PR_GET_TID_ADDRESS, &(uint32_t *){NULL}))
        skip("needs CONFIG_CHECKPOINT_RESTORE for PR_GET_TID_ADDRESS");
    syscall(SYS_set_tid_address, &leader_word);
    make();
}

static void sabotage(void) {} // by the thread itself: the address is its own

static void check(void)
{
    struct timespec ten = {10, 0}, until;
    void *result = NULL;
    expect(address() == &leader_word, "PR_GET_TID_ADDRESS of the leader: expected %p, is %p", (void *)&leader_word,
           (void *)address());
    uint32_t tid = *thread_word;
    expect_eq("the word while the thread lives", tid, own->tid);
    sem_post(&own->command);
    // The kernel's wake, not a look at the word: a timeout is a failure even if the word is clear by then.
    long woken = syscall(SYS_futex, thread_word, FUTEX_WAIT, tid, prog.sabotage ? &(struct timespec){1, 0} : &ten, NULL, 0);
    expect(woken == 0 || errno == EAGAIN, "no wake at the end of the thread: %s", strerror(errno));
    expect_eq("the word after the thread's end", *thread_word, 0);
    sem_post(&joined->command);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    expect_eq("pthread_join", pthread_timedjoin_np(joined->thread, &result, &until), 0);
    expect(result == joined, "pthread_join gives another result");
    make();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
