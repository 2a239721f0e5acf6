// SPDX-License-Identifier: GPL-2.0-only
// Known values in xmm0 to xmm15, MXCSR (other rounding, flush to zero), the x87 stack with its control and status words.
// A wrong restore is noticed as any of them differing when the loop ends.
#include "spin.h"

__attribute__((used, aligned(64))) char legacy_in[512], legacy_out[512];

void legacy_spin(void);

// fxrstor loads the whole area, fxsave stores it; before the return both units are put back to their defaults.
__attribute__((used)) uint32_t default_mxcsr = 0x1f80;
__asm__(SPIN_BEGIN("legacy_spin") "  fxrstor legacy_in(%rip)\n" SPIN_LOOP
                                  "  fxsave legacy_out(%rip)\n  fninit\n  ldmxcsr default_mxcsr(%rip)\n" SPIN_END);

static void break_one(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    xsave_of(context)[160 + 3 * 16] ^= 1; // xmm3
}

static void put16(int offset, uint16_t value)
{
    memcpy(legacy_in + offset, &value, 2);
}

static void setup(void)
{
    uint32_t mxcsr = 0x1f80 | 0x6000 | 0x8000 | 0x21; // towards zero, flush to zero, two sticky flags
    pattern_fill(legacy_in + 160, 256, 51);
    put16(0, 0x0c7f);          // control: towards zero, 24 bits, all masked
    put16(2, 0x1800 | 0x0020); // status: top of stack 3, inexact
    legacy_in[4] = (char)0xbe; // tags: six in use
    memcpy(legacy_in + 24, &mxcsr, sizeof(mxcsr));
    for (int i = 0; i < 8; i++) {
        uint64_t mantissa = mix(i) | 1ULL << 63;
        memcpy(legacy_in + 32 + 16 * i, &mantissa, 8);
        put16(32 + 16 * i + 8, 0x3fff + i);
    }
    spin_on_signal(break_one);
    spin_start(legacy_spin);
}

static void check(void)
{
    spin_finish();
    expect_mem("x87 control, status and tags", legacy_out, legacy_in, 5);
    expect_mem("mxcsr", legacy_out + 24, legacy_in + 24, 4);
    for (int i = 0; i < 8; i++)
        expect_mem("x87 register", legacy_out + 32 + 16 * i, legacy_in + 32 + 16 * i, 10);
    expect_mem("xmm registers", legacy_out + 160, legacy_in + 160, 256);
    spin_resume();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = spin_sabotage});
}
