// SPDX-License-Identifier: GPL-2.0-only
// Known values in v0 to v31, FPSR and FPCR.
// A wrong restore is noticed as any register differing when the loop ends.
#include "spin.h"

// v0 to v31, FPSR, FPCR
__attribute__((used, aligned(16))) char fpsimd_in[528], fpsimd_out[528];

void fpsimd_spin(void);

#define PAIRS(x) x(0, 1) x(2, 3) x(4, 5) x(6, 7) x(8, 9) x(10, 11) x(12, 13) x(14, 15) x(16, 17) x(18, 19) x(20, 21) x(22, 23) x(24, 25) x(26, 27) x(28, 29) x(30, 31)
#define LOAD(a, b) "  ldp q" #a ", q" #b ", [x9, #16*" #a "]\n"
#define STORE(a, b) "  stp q" #a ", q" #b ", [x9, #16*" #a "]\n"

__asm__(SPIN_BEGIN("fpsimd_spin") ADDRESS("x9", "fpsimd_in") PAIRS(LOAD)
        "  ldr x10, [x9, #512]\n  msr fpsr, x10\n  ldr x10, [x9, #520]\n  msr fpcr, x10\n" SPIN_LOOP
        ADDRESS("x9", "fpsimd_out") PAIRS(STORE)
        "  mrs x10, fpsr\n  str x10, [x9, #512]\n  mrs x10, fpcr\n  str x10, [x9, #520]\n  msr fpcr, xzr\n" SPIN_END);

static void break_one(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    record_of(context, 0x46508001)[16 + 5 * 16 + 9] ^= 1; // the upper half of v5
}

static void setup(void)
{
    const uint64_t status = 0x8000011, control = 0x3000000; // saturation, underflow, invalid; flush to zero, round up
    pattern_fill(fpsimd_in, 512, 61);
    memcpy(fpsimd_in + 512, &status, 8);
    memcpy(fpsimd_in + 520, &control, 8);
    spin_on_signal(break_one);
    spin_start(fpsimd_spin);
}

static void check(void)
{
    spin_finish();
    expect_mem("vector registers", fpsimd_out, fpsimd_in, sizeof(fpsimd_in));
    spin_resume();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = spin_sabotage});
}
