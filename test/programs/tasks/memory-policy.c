// SPDX-License-Identifier: GPL-2.0-only
// Memory policies (set_mempolicy(2)) on the first node: of a process and, each another, of its threads and of a child.
// A wrong restore is noticed as another mode, flag or set of nodes that get_mempolicy(2) tells.
#include "../tasks.h"
#include "../threads.h"

enum { MODE_DEFAULT, MODE_PREFERRED, MODE_BIND, MODE_INTERLEAVE, MODE_LOCAL, MODE_PREFERRED_MANY, STATIC = 1 << 15, BITS = 1024 };

static struct policy {
    int mode;
    unsigned long nodes; // the first 64
} policies[] = {
    {MODE_BIND, 1},          {MODE_DEFAULT, 0}, {MODE_PREFERRED, 1},      {MODE_INTERLEAVE, 1},
    {MODE_BIND | STATIC, 1}, {MODE_LOCAL, 0},   {MODE_PREFERRED_MANY, 1}, {MODE_INTERLEAVE | STATIC, 1},
};
enum { LEADER = 0, CHILD = ARRAY_LEN(policies) - 1 };
static struct worker workers[CHILD];

static void set_policy(int mode, unsigned long nodes)
{
    unsigned long mask[BITS / 64] = {nodes};
    if (syscall(SYS_set_mempolicy, mode, nodes ? mask : NULL, nodes ? BITS + 1 : 0))
        skip("set_mempolicy of mode %d: %s", mode, strerror(errno));
}

static void expect_policy(int index)
{
    unsigned long mask[BITS / 64] = {0};
    int mode = -1;
    must(syscall(SYS_get_mempolicy, &mode, mask, BITS + 1, 0, 0));
    expect(mode == policies[index].mode, "memory policy %d: mode %x, not %x", index, mode, policies[index].mode);
    expect(mask[0] == policies[index].nodes, "memory policy %d: nodes %lx, not %lx", index, mask[0], policies[index].nodes);
}

static void start(struct worker *w)
{
    set_policy(policies[w->index].mode, policies[w->index].nodes);
}

static void run(struct worker *w)
{
    expect_policy(w->index);
}

static void handler(const char *question)
{
    if (asked(question, "set", NULL))
        set_policy(policies[CHILD].mode, policies[CHILD].nodes);
    else if (asked(question, "verify", NULL))
        expect_policy(CHILD);
}

static void setup(void)
{
    fork_server("child", handler);
    ask("child", "set");
    set_policy(policies[LEADER].mode, policies[LEADER].nodes);
    for (int i = 1; i < CHILD; i++) {
        workers[i] = (struct worker){.index = i, .start = start, .run = run};
        worker_create(&workers[i], 0);
    }
}

static void sabotage(void)
{
    set_policy(MODE_DEFAULT, 0);
}

static void check(void)
{
    expect_policy(LEADER);
    for (int i = 1; i < CHILD; i++)
        worker_command(&workers[i]);
    ask("child", "verify");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
