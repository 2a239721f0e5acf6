// SPDX-License-Identifier: GPL-2.0-only
// A thread that spins in assembly with known values in its registers. The loop asks only `spin_stop`, uses only x9 and x10
// and leaves the flags alone, so every other register and flag keeps what was loaded.
#ifndef STASIS_PROGRAMS_SPIN_H
#define STASIS_PROGRAMS_SPIN_H

#include "../spinning.h"

#define ADDRESS(register, symbol) "  adrp " register ", " symbol "\n  add " register ", " register ", :lo12:" symbol "\n"
#define SET_INSIDE(value) ADDRESS("x9", "spin_inside") "  mov w10, #" value "\n  str w10, [x9]\n"

// The start and the end of every spinning function: it is called as void f(void).
#define SPIN_BEGIN(name)                                                                                              \
    ".text\n.globl " name "\n.type " name ", %function\n" name ":\n"                                                   \
    "  stp x29, x30, [sp, #-16]!\n  stp x27, x28, [sp, #-16]!\n  stp x25, x26, [sp, #-16]!\n"                         \
    "  stp x23, x24, [sp, #-16]!\n  stp x21, x22, [sp, #-16]!\n  stp x19, x20, [sp, #-16]!\n"                         \
    "  stp d14, d15, [sp, #-16]!\n  stp d12, d13, [sp, #-16]!\n  stp d10, d11, [sp, #-16]!\n  stp d8, d9, [sp, #-16]!\n"
#define SPIN_LOOP SET_INSIDE("1") ADDRESS("x9", "spin_stop") "7: yield\n  ldr w10, [x9]\n  cbz w10, 7b\n"
#define SPIN_END                                                                                                      \
    SET_INSIDE("0")                                                                                                   \
    "  ldp d8, d9, [sp], #16\n  ldp d10, d11, [sp], #16\n  ldp d12, d13, [sp], #16\n  ldp d14, d15, [sp], #16\n"      \
    "  ldp x19, x20, [sp], #16\n  ldp x21, x22, [sp], #16\n  ldp x23, x24, [sp], #16\n"                              \
    "  ldp x25, x26, [sp], #16\n  ldp x27, x28, [sp], #16\n  ldp x29, x30, [sp], #16\n  ret\n"

// The record of this kind in a signal frame (arch/arm64/include/uapi/asm/sigcontext.h).
static inline char *record_of(void *context, uint32_t magic)
{
    char *record = (char *)((ucontext_t *)context)->uc_mcontext.__reserved;
    for (;;) {
        struct {
            uint32_t magic, size;
        } head;
        memcpy(&head, record, sizeof(head));
        if (head.magic == magic || head.magic == 0)
            return head.magic ? record : NULL;
        // An EXTRA record tells where the others are.
        if (head.magic == 0x45585401)
            memcpy(&record, record + 8, sizeof(record));
        else
            record += head.size;
    }
}

#endif
