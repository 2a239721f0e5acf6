// SPDX-License-Identifier: GPL-2.0-only
// Known values in zmm0 to zmm31 and the mask registers k0 to k7. Needs AVX-512 (F and BW).
// A wrong restore is noticed as any register differing when the loop ends.
#include "spin.h"

__attribute__((used, aligned(64))) char wide_in[32 * 64], wide_out[32 * 64];
__attribute__((used)) uint64_t mask_in[8], mask_out[8];

void wide_spin(void);

#define MASKS(x) x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7)
#define EACH(x)                                                                                                                 \
    MASKS(x)                                                                                                                    \
    x(8) x(9) x(10) x(11) x(12) x(13) x(14) x(15) x(16) x(17) x(18) x(19) x(20) x(21) x(22) x(23) x(24) x(25) x(26) x(27) x(28) \
        x(29) x(30) x(31)
#define LOAD(n) "  vmovdqa64 wide_in+64*" #n "(%rip), %zmm" #n "\n"
#define STORE(n) "  vmovdqa64 %zmm" #n ", wide_out+64*" #n "(%rip)\n"
#define LOAD_MASK(n) "  kmovq mask_in+8*" #n "(%rip), %k" #n "\n"
#define STORE_MASK(n) "  kmovq %k" #n ", mask_out+8*" #n "(%rip)\n"

__asm__(SPIN_BEGIN("wide_spin") EACH(LOAD) MASKS(LOAD_MASK) SPIN_LOOP EACH(STORE) MASKS(STORE_MASK) "  vzeroall\n" SPIN_END);

static void break_one(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    xsave_of(context)[xsave_offset(7) + 9 * 64] ^= 1; // zmm25
}

static void setup(void)
{
    uint32_t a, b, c, d;
    __cpuid_count(7, 0, a, b, c, d);
    if ((xsave_components() & 0xe6) != 0xe6 || !(b & bit_AVX512F) || !(b & bit_AVX512BW))
        skip("needs AVX-512 F and BW");
    pattern_fill(wide_in, sizeof(wide_in), 71);
    pattern_fill(mask_in, sizeof(mask_in), 72);
    spin_on_signal(break_one);
    spin_start(wide_spin);
}

static void check(void)
{
    spin_finish();
    expect_mem("zmm registers", wide_out, wide_in, sizeof(wide_in));
    expect_mem("mask registers", mask_out, mask_in, sizeof(mask_in));
    spin_resume();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = spin_sabotage});
}
