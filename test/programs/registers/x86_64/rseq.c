// SPDX-License-Identifier: GPL-2.0-only
// Threads that are nearly always inside a restartable sequence (of the area that libc registers), each adding to a
// counter of its CPU. A wrong restore is noticed as additions lost or doubled, as a sequence that goes on although the
// kernel was no longer watching it or the CPU had changed, or as an area that is no longer registered.
#include "../../threads.h"
#include <sys/rseq.h>

#define THREADS 3
#define CPUS 1024
#define STRIDE 8 // numbers in a cache line
#define LONGEST 4000

static uint64_t slots[CPUS * STRIDE] __attribute__((aligned(64)));
static uint64_t commits[THREADS], aborts[THREADS];
static struct worker workers[THREADS];
static volatile int running;
static cpu_set_t allowed;

// 0: added; 1: aborted by the kernel; 2: the descriptor is gone although not aborted; 3: another CPU, likewise
long rseq_add(void *area, uint64_t *slots, long delay);

__asm__(".pushsection .data\n.balign 32\nrseq_descriptor:\n  .long 0, 0\n  .quad 1f, 2f - 1f, 4f\n.popsection\n"
        ".text\n.globl rseq_add\n.type rseq_add, @function\nrseq_add:\n"
        "  lea rseq_descriptor(%rip), %rax\n  mov %rax, 8(%rdi)\n"
        "1: mov 4(%rdi), %ecx\n  mov %ecx, %r8d\n  shl $6, %r8\n  add %rsi, %r8\n  mov (%r8), %r9\n"
        "3: pause\n  dec %rdx\n  jnz 3b\n"
        "  cmp %rax, 8(%rdi)\n  jne 5f\n  cmp %ecx, 4(%rdi)\n  jne 6f\n"
        "  inc %r9\n  mov %r9, (%r8)\n"
        "2: xor %eax, %eax\n  ret\n5: mov $2, %eax\n  ret\n6: mov $3, %eax\n  ret\n"
        "  .byte 0x0f, 0xb9, 0x3d\n  .long 0x53053053\n4: mov $1, %eax\n  ret\n");

static struct rseq *area(void)
{
    return (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

static void registered(void)
{
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        if (!CPU_ISSET(cpu, &allowed) || sched_setaffinity(0, sizeof(one), &one))
            continue;
        expect_eq("cpu_id of the area, when pinned", (int)*(volatile uint32_t *)&area()->cpu_id, cpu);
    }
    must(sched_setaffinity(0, sizeof(allowed), &allowed));
}

static void run(struct worker *w)
{
    uint64_t random = w->tid;
    registered();
    while (running) {
        random = random * 6364136223846793005 + 1442695040888963407;
        long result = rseq_add(area(), slots, 1 + (random >> 33) % LONGEST);
        if (result == 0)
            commits[w->index]++;
        else if (result == 1)
            aborts[w->index]++;
        else
            fail("thread %d: %s inside a sequence that was not aborted", w->index,
                 result == 2 ? "the descriptor was cleared" : "the cpu changed");
    }
}

static void resume(void)
{
    running = 1;
    for (int i = 0; i < THREADS; i++)
        sem_post(&workers[i].command);
    usleep(50000);
}

static void halt(void)
{
    running = 0;
    for (int i = 0; i < THREADS; i++)
        worker_wait(&workers[i].done);
}

static void setup(void)
{
    if (__rseq_size == 0)
        skip("libc has registered no rseq area");
    must(sched_getaffinity(0, sizeof(allowed), &allowed));
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.index = i, .run = run};
        worker_create(&workers[i], 0);
    }
    resume();
}

static void sabotage(void)
{
    halt();
    slots[0]++;
    resume();
}

static void check(void)
{
    uint64_t sum = 0, added = 0;
    halt();
    for (int cpu = 0; cpu < CPUS; cpu++)
        sum += slots[cpu * STRIDE];
    for (int i = 0; i < THREADS; i++)
        added += commits[i];
    expect_eq("sum of the counters of all CPUs, against what was added", sum, added);
    expect(added > 0, "nothing was added");
    resume();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
