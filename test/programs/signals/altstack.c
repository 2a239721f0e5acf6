// SPDX-License-Identifier: GPL-2.0-only
// Alternate signal stacks of three threads, one of them disarming itself, none in use; the leader has none.
// A wrong restore is noticed as another address, size or flag, and by handlers that run on another stack.
#include "../threads.h"

static struct kind {
    int flags;
    size_t size;
} kinds[] = {{0, 16384}, {1 << 31 /* SS_AUTODISARM */, 65536}, {0, 200000}};
static struct worker workers[ARRAY_LEN(kinds)];
static stack_t stacks[ARRAY_LEN(kinds)];
static __thread volatile uintptr_t handler_stack;

static void on_signal(int signal)
{
    (void)signal;
    int here;
    handler_stack = (uintptr_t)&here;
}

static void start(struct worker *w)
{
    stack_t *s = &stacks[w->index];
    s->ss_size = kinds[w->index].size;
    s->ss_flags = kinds[w->index].flags;
    s->ss_sp = malloc(s->ss_size);
    must(sigaltstack(s, NULL));
}

static void run(struct worker *w)
{
    stack_t is, *want = &stacks[w->index];
    must(sigaltstack(NULL, &is));
    expect(is.ss_sp == want->ss_sp && is.ss_size == want->ss_size, "alternate stack: expected %p/%zu, is %p/%zu", want->ss_sp,
           want->ss_size, is.ss_sp, is.ss_size);
    expect_eq("flags of the alternate stack", is.ss_flags, want->ss_flags);
    pthread_kill(pthread_self(), SIGUSR1);
    uintptr_t low = (uintptr_t)want->ss_sp;
    expect(handler_stack > low && handler_stack < low + want->ss_size, "the handler ran at %lx, not on %lx+%lx", handler_stack,
           low, want->ss_size);
}

static void setup(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    must(sigaction(SIGUSR1, &action, NULL));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        workers[i] = (struct worker){.index = i, .start = start, .run = run};
        worker_create(&workers[i], 0);
    }
}

static void sabotage(void)
{
    stacks[1].ss_size -= 4096; // the belief instead of the state: only the thread itself can change its stack
}

static void check(void)
{
    stack_t is;
    must(sigaltstack(NULL, &is));
    expect_eq("flags of the leader's alternate stack", is.ss_flags, SS_DISABLE);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        worker_command(&workers[i]);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
