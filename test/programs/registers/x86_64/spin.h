// SPDX-License-Identifier: GPL-2.0-only
// A thread that spins in assembly with known values in its registers. The loop asks only `spin_stop` and uses only rcx
// and instructions that leave the flags alone, so every other register and flag keeps what was loaded.
#ifndef STASIS_PROGRAMS_SPIN_H
#define STASIS_PROGRAMS_SPIN_H

#include "../spinning.h"
#include <cpuid.h>

__attribute__((used)) uint64_t spin_rsp;

// The start and the end of every spinning function: it is called as void f(void).
#define SPIN_BEGIN(name)                                             \
    ".text\n.globl " name "\n.type " name ", @function\n" name ":\n" \
    "  push %rbx\n  push %rbp\n  push %r12\n  push %r13\n  push %r14\n  push %r15\n"
#define SPIN_LOOP "  movl $1, spin_inside(%rip)\n7: pause\n  movl spin_stop(%rip), %ecx\n  jecxz 7b\n"
#define SPIN_END                                                               \
    "  pop %r15\n  pop %r14\n  pop %r13\n  pop %r12\n  pop %rbp\n  pop %rbx\n" \
    "  movl $0, spin_inside(%rip)\n  ret\n"

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
