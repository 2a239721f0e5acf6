// SPDX-License-Identifier: GPL-2.0-only
// Known values in all general registers, in the flags and in the thread pointer of a thread in user mode; with the argument
// "syscall" of one that calls nanosleep over and over, so that it is mostly stopped inside a call.
// A wrong restore is noticed as any register or flag differing when the loop ends, or a call that fails.
#include "spin.h"

// x0 to x30, thread pointer, flags, stack pointer (stored only)
__attribute__((used)) uint64_t general_in[34], general_out[34];
__attribute__((used)) uint64_t general_bad, general_thread;
__attribute__((used)) struct timespec general_sleep = {0, 30000000};
static bool in_call;

#define THREAD 31
#define FLAGS 32
#define STACK 33

void general_spin(void);
void general_call(void);

#define PAIRS(x) x(0, 1) x(2, 3) x(4, 5) x(6, 7) x(11, 12) x(13, 14) x(15, 16) x(17, 18) x(19, 20) x(21, 22) x(23, 24) x(25, 26) x(27, 28) x(29, 30)
#define LOAD_PAIR(a, b) "  ldr x" #a ", [x9, #8*" #a "]\n  ldr x" #b ", [x9, #8*" #b "]\n"
#define STORE_PAIR(a, b) "  str x" #a ", [x9, #8*" #a "]\n  str x" #b ", [x9, #8*" #b "]\n"
#define KEEP_THREAD ADDRESS("x9", "general_thread") "  mrs x10, tpidr_el0\n  str x10, [x9]\n"
#define OWN_THREAD ADDRESS("x9", "general_thread") "  ldr x10, [x9]\n  msr tpidr_el0, x10\n"
#define LOAD                                                                                             \
    ADDRESS("x9", "general_in")                                                                          \
    "  mov x10, sp\n  str x10, [x9, #8*33]\n  ldr x10, [x9, #8*32]\n  msr nzcv, x10\n  ldr x8, [x9, #64]\n" \
    PAIRS(LOAD_PAIR)
#define STORE                                                                                            \
    ADDRESS("x9", "general_out")                                                                         \
    PAIRS(STORE_PAIR)                                                                                    \
    "  str x8, [x9, #64]\n  mov x10, sp\n  str x10, [x9, #8*33]\n  mrs x10, nzcv\n  str x10, [x9, #8*32]\n"

__asm__(SPIN_BEGIN("general_spin") KEEP_THREAD LOAD
        "  ldr x10, [x9, #8*31]\n  msr tpidr_el0, x10\n" SPIN_LOOP STORE
        "  mrs x10, tpidr_el0\n  str x10, [x9, #8*31]\n" OWN_THREAD SPIN_END);

// x0 (the result) and x8 (the number) belong to the call.
__asm__(SPIN_BEGIN("general_call") LOAD SET_INSIDE("1") ADDRESS("x9", "general_sleep")
        "6: mov x0, x9\n  mov x8, #101\n  svc #0\n  cbnz x0, 5f\n" ADDRESS("x10", "spin_stop")
        "  ldr w10, [x10]\n  cbz w10, 6b\n  b 4f\n"
        "5:" ADDRESS("x10", "general_bad") "  str x0, [x10]\n"
        "4:" STORE SPIN_END);

static void break_one(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    ((ucontext_t *)context)->uc_mcontext.regs[12] ^= 1;
}

static void setup(void)
{
    in_call = prog.argc && !strcmp(prog.argv[0], "syscall");
    pattern_fill(general_in, sizeof(general_in), 33);
    general_in[FLAGS] = 0xa0000000; // negative, carry
    if (in_call)
        general_in[1] = 0; // nowhere for what is left of a sleep
    spin_on_signal(break_one);
    spin_start(in_call ? general_call : general_spin);
}

static void check(void)
{
    spin_finish();
    for (int i = 0; i < 31; i++) {
        if (i == 9 || i == 10 || (in_call && (i == 0 || i == 8)))
            continue;
        expect(general_out[i] == general_in[i], "x%d: expected %lx, is %lx", i, general_in[i], general_out[i]);
    }
    if (!in_call)
        expect(general_out[THREAD] == general_in[THREAD], "thread pointer: expected %lx, is %lx", general_in[THREAD], general_out[THREAD]);
    expect(general_out[FLAGS] == general_in[FLAGS], "flags: expected %lx, are %lx", general_in[FLAGS], general_out[FLAGS]);
    expect(general_out[STACK] == general_in[STACK], "sp: expected %lx, is %lx", general_in[STACK], general_out[STACK]);
    expect_eq("result of a sleep", (long)general_bad, 0);
    spin_resume();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = spin_sabotage});
}
