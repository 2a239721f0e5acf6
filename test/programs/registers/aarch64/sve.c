// SPDX-License-Identifier: GPL-2.0-only
// Known values in z0 to z31, p0 to p15 and FFR of a thread that has them in use (no system call since), with the vectors of the
// argument's length in bytes. A wrong restore is noticed as any of them, or the length, differing when the loop ends.
#include "spin.h"

#define LONGEST 256

// z0 to z31, p0 to p15, FFR, one after the other at the length in use
__attribute__((used, aligned(16))) char sve_in[32 * LONGEST + 17 * LONGEST / 8], sve_out[sizeof(sve_in)];
__attribute__((used)) uint64_t sve_length;
static int length;

void sve_spin(void);

#define Z(x) x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9) x(10) x(11) x(12) x(13) x(14) x(15) \
    x(16) x(17) x(18) x(19) x(20) x(21) x(22) x(23) x(24) x(25) x(26) x(27) x(28) x(29) x(30) x(31)
#define P(x) x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9) x(10) x(11) x(12) x(13) x(14) x(15)
#define LOAD_Z(n) "  ldr z" #n ", [x9, #" #n ", mul vl]\n"
#define STORE_Z(n) "  str z" #n ", [x9, #" #n ", mul vl]\n"
#define LOAD_P(n) "  ldr p" #n ", [x9, #" #n ", mul vl]\n"
#define STORE_P(n) "  str p" #n ", [x9, #" #n ", mul vl]\n"
#define PREDICATES "  addvl x9, x9, #31\n  addvl x9, x9, #1\n"

__asm__(".arch_extension sve\n" SPIN_BEGIN("sve_spin") ADDRESS("x9", "sve_in") Z(LOAD_Z) PREDICATES
        "  ldr p0, [x9, #16, mul vl]\n  wrffr p0.b\n" P(LOAD_P) SPIN_LOOP ADDRESS("x9", "sve_out") Z(STORE_Z)
        PREDICATES P(STORE_P) "  rdffr p0.b\n  str p0, [x9, #16, mul vl]\n" ADDRESS("x9", "sve_length")
        "  rdvl x10, #1\n  str x10, [x9]\n" SPIN_END);

static void break_one(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    record_of(context, 0x53564501)[16 + 32 * length + 5 * length / 8] ^= 1; // the first bit of p5
}

static void setup(void)
{
    length = prog.argc ? atoi(prog.argv[0]) : 16;
    int set = prctl(PR_SVE_SET_VL, length | PR_SVE_VL_INHERIT);
    if (set < 0)
        skip("needs SVE");
    if ((set & PR_SVE_VL_LEN_MASK) != length)
        skip("needs SVE vectors of %d bytes", length);
    pattern_fill(sve_in, 32 * length + 2 * length, 67);
    // FFR is a row of ones, then of zeros.
    memset(sve_in + 34 * length, 0, length / 8);
    memset(sve_in + 34 * length, 0xff, length / 16);
    spin_on_signal(break_one);
    spin_start(sve_spin);
}

static void check(void)
{
    spin_finish();
    expect_eq("length of vectors", (long)sve_length, length);
    expect_mem("vectors", sve_out, sve_in, 32 * length);
    expect_mem("predicates", sve_out + 32 * length, sve_in + 32 * length, 17 * length / 8);
    expect_eq("length of the main thread's vectors", prctl(PR_SVE_GET_VL) & PR_SVE_VL_LEN_MASK, length);
    spin_resume();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = spin_sabotage});
}
