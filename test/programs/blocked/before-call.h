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

// Whether the thread had yet to begin its call. A thread put back onto the call's own instruction is not "before" it: that
// is how one looks whose call is going to be repeated.
static inline bool before_call(const void *context)
{
    const mcontext_t *machine = &((const ucontext_t *)context)->uc_mcontext;
#if defined(__x86_64__)
    uintptr_t next = machine->gregs[REG_RIP];
    intptr_t result = machine->gregs[REG_RAX];
#elif defined(__aarch64__)
    uintptr_t next = machine->pc;
    intptr_t result = machine->regs[0];
#endif
    return result != -EINTR && memcmp((const void *)next, SYSCALL_INSTRUCTION, sizeof(SYSCALL_INSTRUCTION) - 1) != 0;
}

#endif
