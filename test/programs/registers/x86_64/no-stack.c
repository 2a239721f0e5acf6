// SPDX-License-Identifier: GPL-2.0-only
// A thread whose stack pointer points at memory that cannot be touched, as a coroutine switch or a hand-written loop may
// leave it for a while. A wrong dump or restore is noticed as a fault of the thread (the program dies) or another rsp.
#include "spin.h"

__attribute__((used)) uint64_t no_stack_value, no_stack_after;

void no_stack_spin(void);

__asm__(SPIN_BEGIN("no_stack_spin") "  mov %rsp, spin_rsp(%rip)\n  mov no_stack_value(%rip), %rsp\n" SPIN_LOOP
                                    "  mov %rsp, no_stack_after(%rip)\n  mov spin_rsp(%rip), %rsp\n" SPIN_END);

static void break_one(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RSP] += 16;
}

static void setup(void)
{
    no_stack_value = (uint64_t)map_anon(1 << 20, PROT_NONE, MAP_NORESERVE) + 4096 + 8;
    spin_on_signal(break_one);
    spin_start(no_stack_spin);
}

static void check(void)
{
    spin_finish();
    expect(no_stack_after == no_stack_value, "rsp: expected %lx, is %lx", no_stack_value, no_stack_after);
    spin_resume();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = spin_sabotage});
}
