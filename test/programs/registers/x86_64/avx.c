// SPDX-License-Identifier: GPL-2.0-only
// Known values in ymm0 to ymm15. Needs AVX.
// A wrong restore is noticed as any register differing when the loop ends.
#include "spin.h"

__attribute__((used, aligned(32))) char avx_in[512], avx_out[512];

void avx_spin(void);

#define EACH(x) x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9) x(10) x(11) x(12) x(13) x(14) x(15)
#define LOAD(n) "  vmovdqa avx_in+32*" #n "(%rip), %ymm" #n "\n"
#define STORE(n) "  vmovdqa %ymm" #n ", avx_out+32*" #n "(%rip)\n"

__asm__(SPIN_BEGIN("avx_spin") EACH(LOAD) SPIN_LOOP EACH(STORE) "  vzeroall\n" SPIN_END);

static void break_one(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    xsave_of(context)[xsave_offset(2) + 5 * 16] ^= 1; // the upper half of ymm5
}

static void setup(void)
{
    if ((xsave_components() & 6) != 6)
        skip("needs AVX");
    pattern_fill(avx_in, sizeof(avx_in), 61);
    spin_on_signal(break_one);
    spin_start(avx_spin);
}

static void check(void)
{
    spin_finish();
    expect_mem("ymm registers", avx_out, avx_in, sizeof(avx_in));
    spin_resume();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = spin_sabotage});
}
