// SPDX-License-Identifier: GPL-2.0-only
// A protection key on a page and the PKRU register of a spinning thread, other than its leader's. Needs OSPKE.
// A wrong restore is noticed as another PKRU, or a write to the protected page that goes through.
#include "spin.h"
#include <setjmp.h>

__attribute__((used)) uint32_t pkru_in, pkru_out;
static int key;
static char *page;
static sigjmp_buf fault;

void pkru_spin(void);

__asm__(SPIN_BEGIN("pkru_spin") "  xor %ecx, %ecx\n  xor %edx, %edx\n  mov pkru_in(%rip), %eax\n  wrpkru\n" SPIN_LOOP
                                "  xor %ecx, %ecx\n  rdpkru\n  mov %eax, pkru_out(%rip)\n" SPIN_END);

static void break_one(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    uint32_t *saved = (uint32_t *)(xsave_of(context) + xsave_offset(9));
    *saved ^= 3U << (2 * key);
}

static void on_fault(int signal)
{
    siglongjmp(fault, signal);
}

static void setup(void)
{
    key = syscall(SYS_pkey_alloc, 0, 0);
    if (key < 0)
        skip("needs memory protection keys: %s", strerror(errno));
    page = map_anon(4096, PROT_READ | PROT_WRITE, 0);
    must(syscall(SYS_pkey_mprotect, page, 4096, PROT_READ | PROT_WRITE, key));
    uint32_t now;
    __asm__ volatile("rdpkru" : "=a"(now) : "c"(0) : "edx");
    pkru_in = now | 2U << (2 * key); // the key's pages may be read only, in the thread
    signal(SIGSEGV, on_fault);
    spin_on_signal(break_one);
    spin_start(pkru_spin);
}

static void check(void)
{
    spin_finish();
    expect(pkru_out == pkru_in, "pkru: expected %x, is %x", pkru_in, pkru_out);
    __asm__ volatile("wrpkru" : : "a"(pkru_in), "c"(0), "d"(0));
    volatile bool faulted = sigsetjmp(fault, 1) != 0;
    if (!faulted)
        *(volatile char *)page = 1;
    expect(faulted, "a write to the protected page goes through");
    __asm__ volatile("wrpkru" : : "a"(pkru_in & ~(3U << (2 * key))), "c"(0), "d"(0));
    spin_resume();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = spin_sabotage});
}
