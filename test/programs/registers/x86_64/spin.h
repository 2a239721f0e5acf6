// SPDX-License-Identifier: GPL-2.0-only
// A thread that spins in assembly with known values in its registers. The loop asks only `spin_stop` and uses only rcx
// and instructions that leave the flags alone, so every other register and flag keeps what was loaded.
#ifndef STASIS_PROGRAMS_SPIN_H
#define STASIS_PROGRAMS_SPIN_H

#include "../../pattern.h"
#include "../../threads.h"
#include <cpuid.h>
#include <ucontext.h>

// Used by the assembly by name.
__attribute__((used)) int spin_stop, spin_inside;
__attribute__((used)) uint64_t spin_rsp;

// The start and the end of every spinning function: it is called as void f(void).
#define SPIN_BEGIN(name)                                             \
    ".text\n.globl " name "\n.type " name ", @function\n" name ":\n" \
    "  push %rbx\n  push %rbp\n  push %r12\n  push %r13\n  push %r14\n  push %r15\n"
#define SPIN_LOOP "  movl $1, spin_inside(%rip)\n7: pause\n  movl spin_stop(%rip), %ecx\n  jecxz 7b\n"
#define SPIN_END                                                               \
    "  pop %r15\n  pop %r14\n  pop %r13\n  pop %r12\n  pop %rbp\n  pop %rbx\n" \
    "  movl $0, spin_inside(%rip)\n  ret\n"

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

// The XSAVE components that the kernel keeps for us, 0 where it does not use XSAVE.
static inline uint64_t xsave_components(void)
{
    uint32_t a, b, c, d, low, high;
    __cpuid(1, a, b, c, d);
    if (!(c & bit_OSXSAVE))
        return 0;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low | (uint64_t)high << 32;
}

// Where a component lies in the uncompacted area of a signal frame.
static inline uint32_t xsave_offset(int component)
{
    uint32_t a, b, c, d;
    __cpuid_count(0xd, component, a, b, c, d);
    return b;
}

static inline char *xsave_of(void *context)
{
    return (char *)((ucontext_t *)context)->uc_mcontext.fpregs;
}

#endif
