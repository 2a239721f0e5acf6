// SPDX-License-Identifier: GPL-2.0-only
// Registers under a storm of signals: loaded, kept through a loop (which uses rcx alone and no flags), stored.
#ifndef STASIS_PROGRAMS_SURVIVOR_X86_64_H
#define STASIS_PROGRAMS_SURVIVOR_X86_64_H

#include <stdint.h>

// rax rbx rdx rsi rdi rbp r8 ... r15, flags; then three words of the red zone (out only: r8, r9, r10 were put there).
#define GENERAL_WORDS 15
#define GENERAL_FLAGS 14
#define KNOWN_FLAGS 0xcd7
#define RED_ZONE_FIRST 15

void survive_general(const uint64_t *in, uint64_t *out, long spins);
void survive_sse(const void *in, void *out, long spins);
void survive_avx(const void *in, void *out, long spins);
void survive_avx512(const void *in, void *out, long spins);
void survive_x87(const void *in, void *out, long spins);
// fn(arg) on a stack that ends at `top` (aligned to 16).
void survive_on_stack(void *top, void (*fn)(void *), void *arg);

__asm__(".text\n.globl survive_general\n.type survive_general, @function\nsurvive_general:\n"
        "  push %rbx\n  push %rbp\n  push %r12\n  push %r13\n  push %r14\n  push %r15\n  push %rsi\n"
        "  mov %rdx, %rcx\n  pushq 112(%rdi)\n  popfq\n"
        "  mov (%rdi), %rax\n  mov 8(%rdi), %rbx\n  mov 16(%rdi), %rdx\n  mov 24(%rdi), %rsi\n  mov 40(%rdi), %rbp\n"
        "  mov 48(%rdi), %r8\n  mov 56(%rdi), %r9\n  mov 64(%rdi), %r10\n  mov 72(%rdi), %r11\n  mov 80(%rdi), %r12\n"
        "  mov 88(%rdi), %r13\n  mov 96(%rdi), %r14\n  mov 104(%rdi), %r15\n  mov 32(%rdi), %rdi\n"
        "  mov %r8, -8(%rsp)\n  mov %r9, -64(%rsp)\n  mov %r10, -128(%rsp)\n"
        "1: loop 1b\n"
        "  mov (%rsp), %rcx\n"
        "  mov %rax, (%rcx)\n  mov %rbx, 8(%rcx)\n  mov %rdx, 16(%rcx)\n  mov %rsi, 24(%rcx)\n  mov %rdi, 32(%rcx)\n"
        "  mov %rbp, 40(%rcx)\n  mov %r8, 48(%rcx)\n  mov %r9, 56(%rcx)\n  mov %r10, 64(%rcx)\n  mov %r11, 72(%rcx)\n"
        "  mov %r12, 80(%rcx)\n  mov %r13, 88(%rcx)\n  mov %r14, 96(%rcx)\n  mov %r15, 104(%rcx)\n"
        "  mov -8(%rsp), %rax\n  mov %rax, 120(%rcx)\n  mov -64(%rsp), %rax\n  mov %rax, 128(%rcx)\n"
        "  mov -128(%rsp), %rax\n  mov %rax, 136(%rcx)\n"
        "  pushfq\n  popq 112(%rcx)\n  cld\n"
        "  pop %rsi\n  pop %r15\n  pop %r14\n  pop %r13\n  pop %r12\n  pop %rbp\n  pop %rbx\n  ret\n");

#define EACH_16(x) x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9) x(10) x(11) x(12) x(13) x(14) x(15)
#define EACH_32(x) EACH_16(x) x(16) x(17) x(18) x(19) x(20) x(21) x(22) x(23) x(24) x(25) x(26) x(27) x(28) x(29) x(30) x(31)
#define SSE_LOAD(n) "  movups 16*" #n "(%rdi), %xmm" #n "\n"
#define SSE_STORE(n) "  movups %xmm" #n ", 16*" #n "(%rsi)\n"
#define AVX_LOAD(n) "  vmovups 32*" #n "(%rdi), %ymm" #n "\n"
#define AVX_STORE(n) "  vmovups %ymm" #n ", 32*" #n "(%rsi)\n"
#define WIDE_LOAD(n) "  vmovups 64*" #n "(%rdi), %zmm" #n "\n"
#define WIDE_STORE(n) "  vmovups %zmm" #n ", 64*" #n "(%rsi)\n"
#define VECTOR(name, load, store, after) \
    ".globl " name "\n.type " name ", @function\n" name ":\n  mov %rdx, %rcx\n" load "1: loop 1b\n" store after "  ret\n"

__asm__(VECTOR("survive_sse", EACH_16(SSE_LOAD), EACH_16(SSE_STORE), ""));
__asm__(VECTOR("survive_avx", EACH_16(AVX_LOAD), EACH_16(AVX_STORE), "  vzeroupper\n"));
__asm__(VECTOR("survive_avx512", EACH_32(WIDE_LOAD), EACH_32(WIDE_STORE), "  vzeroupper\n"));

// Four 80-bit numbers, then the words mxcsr and control (at 64 and 68), which are put back to what they were.
__asm__(".globl survive_x87\n.type survive_x87, @function\nsurvive_x87:\n"
        "  mov %rdx, %rcx\n  fnstcw -4(%rsp)\n  stmxcsr -8(%rsp)\n"
        "  fldcw 68(%rdi)\n  ldmxcsr 64(%rdi)\n  fldt (%rdi)\n  fldt 16(%rdi)\n  fldt 32(%rdi)\n  fldt 48(%rdi)\n"
        "1: loop 1b\n"
        "  fstpt 48(%rsi)\n  fstpt 32(%rsi)\n  fstpt 16(%rsi)\n  fstpt (%rsi)\n  stmxcsr 64(%rsi)\n  fnstcw 68(%rsi)\n"
        "  ldmxcsr -8(%rsp)\n  fldcw -4(%rsp)\n  ret\n");

__asm__(".globl survive_on_stack\n.type survive_on_stack, @function\nsurvive_on_stack:\n"
        "  push %rbp\n  mov %rsp, %rbp\n  mov %rdi, %rsp\n  mov %rdx, %rdi\n  call *%rsi\n  mov %rbp, %rsp\n  pop %rbp\n  ret\n");

#endif
