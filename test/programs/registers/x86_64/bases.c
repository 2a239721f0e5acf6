// SPDX-License-Identifier: GPL-2.0-only
// Another base in fs than libc's while a thread spins, and a base in gs, also of the leader.
// A wrong restore is noticed as another value read through fs or gs.
#include "spin.h"
#include <asm/prctl.h>

__attribute__((used)) uint64_t base_block[2] = {0x1111222233334444, 0}, base_fs, base_libc, base_read_fs, base_read_gs;
static uint64_t thread_gs = 0x5555666677778888, leader_gs = 0x9999aaaabbbbcccc;

void base_spin(void);

// No libc and no signal while fs is not libc's; arch_prctl(ARCH_SET_FS) works where wrfsbase is not enabled.
__asm__(SPIN_BEGIN("base_spin") "  mov $158, %eax\n  mov $0x1002, %edi\n  lea base_block(%rip), %rsi\n  syscall\n" SPIN_LOOP
                                "  mov %fs:0, %rax\n  mov %rax, base_read_fs(%rip)\n"
                                "  mov %gs:0, %rax\n  mov %rax, base_read_gs(%rip)\n"
                                "  mov $158, %eax\n  mov $0x1002, %edi\n  mov base_libc(%rip), %rsi\n  syscall\n" SPIN_END);

static void spin(void)
{
    must(syscall(SYS_arch_prctl, ARCH_GET_FS, &base_libc));
    must(syscall(SYS_arch_prctl, ARCH_SET_GS, &thread_gs));
    base_spin();
}

static uint64_t read_gs(void)
{
    uint64_t value;
    __asm__ volatile("mov %%gs:0, %0" : "=r"(value));
    return value;
}

static void setup(void)
{
    must(syscall(SYS_arch_prctl, ARCH_SET_GS, &leader_gs));
    spin_start(spin);
}

static void sabotage(void)
{
    static uint64_t other = 1;
    must(syscall(SYS_arch_prctl, ARCH_SET_GS, &other));
}

static void check(void)
{
    expect(read_gs() == leader_gs, "the leader's gs: is %lx", read_gs());
    spin_finish();
    expect(base_read_fs == base_block[0], "the thread's fs: is %lx", base_read_fs);
    expect(base_read_gs == thread_gs, "the thread's gs: is %lx", base_read_gs);
    spin_resume();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
