// SPDX-License-Identifier: GPL-2.0-only
// What one strand of the survivor verifies over and over. Each check ends the program at the first mismatch.
#ifndef STASIS_PROGRAMS_SURVIVOR_CHECKS_H
#define STASIS_PROGRAMS_SURVIVOR_CHECKS_H

#include "../pattern.h"
#include "../procfs.h"
#include "../signals/rawsignal.h"
#include <linux/futex.h>
#include <poll.h>
#ifdef __x86_64__
#include "survivor-x86_64.h"
#endif

#define EXIT_MISMATCH 86
#define STORM 40 // signal of the storm in threads
#define TINY_STACK 2048
#define BLOCK_WORDS 8192
#define SIGNAL_STACK 65536

struct strand {
    int id;
    pid_t pid, tid;
    pid_t parent;             // of the children; the leader's is not of the tree
    volatile uint64_t *beats; // in the shared heartbeat file
    volatile uint64_t handled;
    uint64_t count, random, last_ns;
    uint64_t *block;
    char *tiny, *signal_stack;
    int file, ends[2];
    uint64_t mask;
};

static __thread struct strand *self;

// Ends the whole process: a strand that is wrong must not go unnoticed for another instant.
__attribute__((format(printf, 1, 2), noreturn)) static inline void mismatch(const char *format, ...)
{
    char text[600];
    va_list args;
    raw_mask(SIG_SETMASK, ~0ULL);
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    report("mismatch: strand %d, after %lu cycles: %s", self ? self->id : -1, self ? self->count : 0, text);
    _exit(EXIT_MISMATCH);
}

#define claim(condition, ...)      \
    do {                           \
        if (!(condition))          \
            mismatch(__VA_ARGS__); \
    } while (0)

static inline uint64_t next_random(struct strand *s)
{
    s->random = s->random * 6364136223846793005 + 1442695040888963407;
    return s->random >> 33;
}

static volatile bool spoil; // sabotage, of one strand's memory by its own hand: another's could come just before the refill

static inline void check_memory(struct strand *s)
{
    uint64_t seed = s->count - 1;
    if (spoil && s->id == 2)
        s->block[77] ^= 1;
    long at = pattern_differs(s->block, BLOCK_WORDS * 8, seed * BLOCK_WORDS);
    claim(at < 0, "memory differs at byte %ld", at);
    pattern_fill(s->block, BLOCK_WORDS * 8, (seed + 1) * BLOCK_WORDS);
}

static inline void check_registers(struct strand *s)
{
#ifdef __x86_64__
    uint64_t in[GENERAL_WORDS], out[GENERAL_WORDS + 3], wide_in[256], wide_out[256] = {0};
    long spins = 1 + next_random(s) % 20000;
    pattern_fill(in, sizeof(in), s->random);
    in[GENERAL_FLAGS] = KNOWN_FLAGS;
    survive_general(in, out, spins);
    out[GENERAL_FLAGS] &= ~0x200ULL; // interrupts are always on
    for (int i = 0; i < GENERAL_WORDS; i++)
        claim(out[i] == in[i], "general register %d: %lx, not %lx", i, out[i], in[i]);
    for (int i = 0; i < 3; i++)
        claim(out[RED_ZONE_FIRST + i] == in[6 + i], "red zone: %lx, not %lx", out[RED_ZONE_FIRST + i], in[6 + i]);
    pattern_fill(wide_in, sizeof(wide_in), s->random + 1);
    int kind = next_random(s) % 3;
    size_t len = 256;
    if (kind == 2 && __builtin_cpu_supports("avx512f"))
        survive_avx512(wide_in, wide_out, spins), len = 2048;
    else if (kind && __builtin_cpu_supports("avx"))
        survive_avx(wide_in, wide_out, spins), len = 512;
    else
        survive_sse(wide_in, wide_out, spins);
    claim(!memcmp(wide_in, wide_out, len), "vector registers differ (%zu bytes of them)", len);
    struct {
        long double numbers[4];
        uint32_t mxcsr;
        uint16_t control;
    } x87_in = {{1.5L, -2.25L, 1e100L, 3.0L / 7}, 0x1f80 | 0x2000, 0x0b7f}, x87_out;
    memset(&x87_out, 0, sizeof(x87_out));
    survive_x87(&x87_in, &x87_out, spins);
    for (int i = 0; i < 4; i++)
        claim(x87_in.numbers[i] == x87_out.numbers[i], "x87 register %d differs", i);
    claim((x87_out.mxcsr & ~0x3f) == x87_in.mxcsr && x87_out.control == x87_in.control, "mxcsr %x, control %x", x87_out.mxcsr,
          x87_out.control);
#else
    (void)s;
#endif
}

// Computes and calls the kernel while the stack pointer is on 2 KiB, whose unused part must stay as it was.
static void in_tiny_stack(void *arg)
{
    struct strand *s = arg;
    char here;
    claim(&here > s->tiny && &here < s->tiny + TINY_STACK, "not on the tiny stack");
    uint64_t sum = 0;
    for (uint64_t i = next_random(s) % 5000; i > 0; i--)
        sum = mix(sum + i);
    __asm__ volatile("" : : "r"(sum));
    claim(syscall(SYS_getpid) == s->pid && syscall(SYS_gettid) == s->tid, "pid or tid differs on the tiny stack");
}

static inline void check_tiny_stack(struct strand *s)
{
#ifdef __x86_64__
    pattern_fill(s->tiny, TINY_STACK, s->id);
    survive_on_stack(s->tiny + TINY_STACK, in_tiny_stack, s);
    claim(pattern_differs(s->tiny, TINY_STACK / 2, s->id) < 0, "something was written below the tiny stack's frames");
#else
    in_tiny_stack(s);
#endif
}

// EINTR is right only when a handler of this strand has run; with signals blocked, never.
static inline void check_sleeps(struct strand *s)
{
    struct timespec time = {0, 300000}, rest = {0}, short_time = {0, 200000};
    uint64_t before = s->handled, begin = mono_ns();
    long result = syscall(SYS_nanosleep, &time, &rest);
    claim(result == 0 || (errno == EINTR && s->handled > before), "nanosleep: errno %d with %lu handlers", errno,
          s->handled - before);
    // The rest counts from the latest instant the timer may fire: timer slack (50 µs) may be in it.
    claim(result == 0 || (rest.tv_sec == 0 && rest.tv_nsec <= time.tv_nsec + 100000), "nanosleep: rest %ld.%09ld", rest.tv_sec,
          rest.tv_nsec);
    claim(result || mono_ns() - begin >= 300000, "nanosleep: too short");
    before = s->handled;
    struct pollfd pfd = {.fd = s->ends[0], .events = POLLIN};
    result = ppoll(&pfd, 1, &short_time, NULL);
    claim(result == 0 || (result == -1 && errno == EINTR && s->handled > before), "ppoll: %ld, errno %d with %lu handlers",
          result, errno, s->handled - before);
    uint32_t word = 7;
    result = syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 7, &short_time, NULL, 0);
    claim(result == -1 && (errno == ETIMEDOUT || errno == EINTR), "futex wait: %ld, errno %d", result, errno);
    result = syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 8, NULL, NULL, 0);
    claim(result == -1 && errno == EAGAIN, "futex wait for another value: %ld, errno %d", result, errno);
}

static inline void check_masks(struct strand *s)
{
    uint64_t blocked = SIG_BIT(STORM) | SIG_BIT(SIGALRM) | (next_random(s) & 0x7f00000);
    raw_mask(SIG_SETMASK, blocked);
    uint64_t before = s->handled;
    struct timespec time = {0, 100000};
    claim(syscall(SYS_nanosleep, &time, NULL) == 0, "nanosleep with signals blocked: errno %d", errno);
    for (uint64_t i = next_random(s) % 100000; i > 0; i--)
        __asm__ volatile("" : : : "memory");
    claim(raw_mask_now() == blocked, "mask is %lx, not %lx", raw_mask_now(), blocked);
    claim(s->handled == before, "a handler ran although its signal is blocked");
    raw_mask(SIG_SETMASK, s->mask);
    claim(raw_mask_now() == s->mask, "mask is %lx again, not %lx", raw_mask_now(), s->mask);
    stack_t stack;
    claim(!sigaltstack(NULL, &stack) && stack.ss_sp == s->signal_stack && stack.ss_size == SIGNAL_STACK && !stack.ss_flags,
          "alternate stack %p+%zu flags %x", stack.ss_sp, stack.ss_size, stack.ss_flags);
}

static inline void check_calls(struct strand *s)
{
    uint64_t word, at = (s->count % 512) * 8, now;
    claim(getpid() == s->pid && syscall(SYS_gettid) == s->tid, "pid or tid differs");
    if (s->parent && getppid() != s->parent) {
        char state = stat_ids(s->parent).state;
        claim(state == 0 || state == 'Z', "parent is %d, not %d", getppid(), s->parent);
        _exit(0); // the leader is gone: its exit code tells why
    }
    claim(lseek(s->file, at, SEEK_SET) == (off_t)at && write(s->file, &s->count, 8) == 8, "file: errno %d", errno);
    claim(lseek(s->file, 0, SEEK_CUR) == (off_t)at + 8, "position in the file is %ld", lseek(s->file, 0, SEEK_CUR));
    claim(pread(s->file, &word, 8, at) == 8 && word == s->count, "file holds %lu, not %lu", word, s->count);
    claim(write(s->ends[1], &s->count, 8) == 8 && read(s->ends[0], &word, 8) == 8 && word == s->count, "pipe gave %lu, not %lu",
          word, s->count);
    char *fresh = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    claim(fresh != MAP_FAILED && zero_differs(fresh, 256) < 0, "new memory: errno %d", errno);
    pattern_fill(fresh, 4096, s->random);
    claim(pattern_differs(fresh, 4096, s->random) < 0, "new memory does not keep its content");
    claim(munmap(fresh, 65536) == 0, "munmap: errno %d", errno);
    errno = 12345;
    for (uint64_t i = next_random(s) % 10000; i > 0; i--)
        __asm__ volatile("" : : : "memory");
    claim(errno == 12345, "errno is %d, not what it was", errno);
    now = mono_ns();
    claim(now >= s->last_ns, "the clock went back by %lu ns", s->last_ns - now);
    s->last_ns = now;
}

#endif
