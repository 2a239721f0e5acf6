// SPDX-License-Identifier: GPL-2.0-only
// A thread that spins in a function written in assembly, and how it is started, ended and sabotaged; MACHINE/spin.h has what such
// a function begins, loops and ends with.
#ifndef STASIS_PROGRAMS_SPINNING_H
#define STASIS_PROGRAMS_SPINNING_H

#include "../pattern.h"
#include "../threads.h"
#include <ucontext.h>

// Used by the assembly by name.
__attribute__((used)) int spin_stop, spin_inside;

static pthread_t spin_thread;
static sem_t spin_finished, spin_again;
static void (*spin_function)(void);
static volatile int *const spin_stop_now = &spin_stop, *const spin_inside_now = &spin_inside;
static char spin_signal_stack[65536];

static inline void *spin_main(void *arg)
{
    stack_t stack = {.ss_sp = spin_signal_stack, .ss_size = sizeof(spin_signal_stack)};
    must(sigaltstack(&stack, NULL));
    for (;;) {
        spin_function();
        sem_post(&spin_finished);
        worker_wait(&spin_again);
    }
    return arg;
}

// Sabotage changes a register where it is: in the frame of a signal that the spinning thread gets.
static inline void spin_on_signal(void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    must(sigaction(SIGUSR1, &action, NULL));
}

static inline void spin_sabotage(void)
{
    pthread_kill(spin_thread, SIGUSR1);
    usleep(100000);
}

static inline void spin_enter(void)
{
    if (!wait_for(*spin_inside_now, 10000))
        die("the thread does not spin");
    usleep(20000); // well inside
}

static inline void spin_start(void (*function)(void))
{
    spin_function = function;
    must(sem_init(&spin_finished, 0, 0));
    must(sem_init(&spin_again, 0, 0));
    must_zero(pthread_create(&spin_thread, NULL, spin_main, NULL));
    spin_enter();
}

// Ends the loop; the registers are stored when this returns.
static inline void spin_finish(void)
{
    *spin_stop_now = 1;
    expect(wait_for(sem_trywait(&spin_finished) == 0, 30000), "the spinning thread does not finish");
    *spin_stop_now = 0;
}

static inline void spin_resume(void)
{
    sem_post(&spin_again);
    spin_enter();
}

#endif
