// SPDX-License-Identifier: GPL-2.0-only
// What a signal has interrupted, as its handler finds it in the context: ordinary code, or a system call.
#ifndef STASIS_PROGRAMS_BEFORE_CALL_H
#define STASIS_PROGRAMS_BEFORE_CALL_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <ucontext.h>

#if defined(__x86_64__)
#define SYSCALL_INSTRUCTION "\x0f\x05"
#elif defined(__aarch64__)
#define SYSCALL_INSTRUCTION "\x01\x00\x00\xd4"
#endif

enum place {
    BEFORE_CALL,
    AT_CALL, // at its instruction: about to begin it, or put back there to repeat it, which cannot be told apart
    AFTER_CALL,
};

// Where the thread was that a signal interrupts, whose call ends only by a signal.
static inline enum place interrupted_at(const void *context)
{
    const mcontext_t *machine = &((const ucontext_t *)context)->uc_mcontext;
#if defined(__x86_64__)
    uintptr_t next = machine->gregs[REG_RIP];
    intptr_t result = machine->gregs[REG_RAX];
#elif defined(__aarch64__)
    uintptr_t next = machine->pc;
    intptr_t result = machine->regs[0];
#endif
    if (result == -EINTR)
        return AFTER_CALL;
    return memcmp((const void *)next, SYSCALL_INSTRUCTION, sizeof(SYSCALL_INSTRUCTION) - 1) ? BEFORE_CALL : AT_CALL;
}

#endif
