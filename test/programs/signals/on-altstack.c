// SPDX-License-Identifier: GPL-2.0-only
// A thread that is inside a signal handler on its alternate stack, nested two deep, while it is dumped.
// A wrong restore is noticed as lost locals, a missing SS_ONSTACK, a wrong mask in the handlers, or an interrupted
// computation that is not continued as it was when both handlers return.
#include "../pattern.h"
#include "../threads.h"
#include "rawsignal.h"

static char stack_memory[65536];
static stack_t stack = {.ss_sp = stack_memory, .ss_size = sizeof(stack_memory)};
static volatile int inside, leave, broken;
static volatile long interrupted;
static pthread_t thread;

static bool on_stack(const void *at)
{
    return (const char *)at > stack_memory && (const char *)at < stack_memory + sizeof(stack_memory);
}

static void inner(int signal)
{
    char local[512];
    (void)signal;
    pattern_fill(local, sizeof(local), 7);
    inside = 2;
    while (!leave)
        usleep(POLL_MS * 1000);
    stack_t is;
    must(sigaltstack(NULL, &is));
    expect(is.ss_flags & SS_ONSTACK, "SS_ONSTACK is not set in the handler: flags %x", is.ss_flags);
    expect(on_stack(local), "the handler is not on the alternate stack");
    if (broken)
        local[5] ^= 1;
    expect_pattern("locals of the inner handler", local, sizeof(local), 7);
    uint64_t mask = raw_mask_now(), want = SIG_BIT(SIGUSR1) | SIG_BIT(SIGUSR2) | SIG_BIT(45);
    expect(mask == want, "mask in the handler: expected %lx, is %lx", want, mask);
}

static void outer(int signal)
{
    char local[512];
    (void)signal;
    pattern_fill(local, sizeof(local), 8);
    inside = 1;
    pthread_kill(pthread_self(), SIGUSR2);
    expect(on_stack(local), "the outer handler is not on the alternate stack");
    expect_pattern("locals of the outer handler", local, sizeof(local), 8);
}

static void *main_loop(void *arg)
{
    (void)arg;
    must(sigaltstack(&stack, NULL));
    for (;;) {
        long count = interrupted;
        leave = 0;
        pthread_kill(pthread_self(), SIGUSR1);
        expect(raw_mask_now() == 0, "mask after the handlers: %lx", raw_mask_now());
        interrupted = count + 1;
        inside = 0;
        wait_for(!leave, 30000);
    }
    return NULL;
}

static void setup(void)
{
    struct sigaction first = {.sa_handler = outer, .sa_flags = SA_ONSTACK},
                     second = {.sa_handler = inner, .sa_flags = SA_ONSTACK};
    sigaddset(&first.sa_mask, 45);
    must(sigaction(SIGUSR1, &first, NULL));
    must(sigaction(SIGUSR2, &second, NULL));
    must_zero(pthread_create(&thread, NULL, main_loop, NULL));
    if (!wait_for(inside == 2, 5000))
        die("the thread does not reach its handler");
}

static void sabotage(void)
{
    broken = 1;
}

static void check(void)
{
    expect_eq("depth of handlers", inside, 2);
    leave = 1;
    expect(wait_for(inside == 0, 5000), "the handlers do not return");
    expect_eq("interrupted computations finished", interrupted, prog.round);
    leave = 0;
    expect(wait_for(inside == 2, 5000), "the handlers are not entered again");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
