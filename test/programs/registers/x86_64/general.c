// SPDX-License-Identifier: GPL-2.0-only
// Known values in all general registers and flags (with the direction flag set) of a thread in user mode; with the
// argument "syscall" of one that calls nanosleep over and over, so that it is mostly stopped inside a call.
// A wrong restore is noticed as any register or flag differing when the loop ends, or a call that fails.
#include "spin.h"

#define FLAGS 0xcd7 // overflow, direction, sign, zero, adjust, parity, carry, (interrupts and the fixed bit apart)

// rax rbx rdx rsi rdi rbp r8 ... r15, flags, rsp (stored only)
__attribute__((used)) uint64_t general_in[16], general_out[16];
__attribute__((used)) int general_bad;
__attribute__((used)) struct timespec general_sleep = {0, 30000000};
static const char *const names[] = {"rax", "rbx", "rdx", "rsi", "rdi", "rbp", "r8",    "r9",
                                    "r10", "r11", "r12", "r13", "r14", "r15", "flags", "rsp"};
static bool in_call;

void general_spin(void);
void general_call(void);

#define LOAD                                                                                                \
    "  mov %rsp, spin_rsp(%rip)\n  mov %rsp, general_in+120(%rip)\n  pushq general_in+112(%rip)\n  popfq\n" \
    "  mov general_in(%rip), %rax\n  mov general_in+8(%rip), %rbx\n  mov general_in+16(%rip), %rdx\n"       \
    "  mov general_in+24(%rip), %rsi\n  mov general_in+32(%rip), %rdi\n  mov general_in+40(%rip), %rbp\n"   \
    "  mov general_in+48(%rip), %r8\n  mov general_in+56(%rip), %r9\n  mov general_in+64(%rip), %r10\n"     \
    "  mov general_in+72(%rip), %r11\n  mov general_in+80(%rip), %r12\n  mov general_in+88(%rip), %r13\n"   \
    "  mov general_in+96(%rip), %r14\n  mov general_in+104(%rip), %r15\n"
#define STORE                                                                                                  \
    "  mov %rax, general_out(%rip)\n  mov %rbx, general_out+8(%rip)\n  mov %rdx, general_out+16(%rip)\n"       \
    "  mov %rsi, general_out+24(%rip)\n  mov %rdi, general_out+32(%rip)\n  mov %rbp, general_out+40(%rip)\n"   \
    "  mov %r8, general_out+48(%rip)\n  mov %r9, general_out+56(%rip)\n  mov %r10, general_out+64(%rip)\n"     \
    "  mov %r11, general_out+72(%rip)\n  mov %r12, general_out+80(%rip)\n  mov %r13, general_out+88(%rip)\n"   \
    "  mov %r14, general_out+96(%rip)\n  mov %r15, general_out+104(%rip)\n  mov %rsp, general_out+120(%rip)\n" \
    "  mov spin_rsp(%rip), %rsp\n  pushfq\n  popq general_out+112(%rip)\n  cld\n"

__asm__(SPIN_BEGIN("general_spin") LOAD SPIN_LOOP STORE SPIN_END);

// rax (the number and the result), rcx and r11 belong to the call.
__asm__(SPIN_BEGIN("general_call") LOAD
        "  movl $1, spin_inside(%rip)\n"
        "6: mov $35, %eax\n  syscall\n  mov %eax, %ecx\n  jecxz 5f\n  mov %eax, general_bad(%rip)\n"
        "5: movl spin_stop(%rip), %ecx\n  jecxz 6b\n" STORE SPIN_END);

static void break_one(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_R12] ^= 1;
}

static void setup(void)
{
    in_call = prog.argc && !strcmp(prog.argv[0], "syscall");
    pattern_fill(general_in, sizeof(general_in), 33);
    general_in[14] = FLAGS;
    if (in_call) {
        general_in[3] = 0;
        general_in[4] = (uint64_t)&general_sleep;
    }
    spin_on_signal(break_one);
    spin_start(in_call ? general_call : general_spin);
}

static void check(void)
{
    spin_finish();
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        uint64_t is = i == 14 ? general_out[i] & ~0x200ULL : general_out[i]; // interrupts are always on
        if (in_call && (i == 0 || i == 9))
            continue;
        expect(is == general_in[i], "%s: expected %lx, is %lx", names[i], general_in[i], is);
    }
    expect_eq("result of a sleep", general_bad, 0);
    spin_resume();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = spin_sabotage});
}
