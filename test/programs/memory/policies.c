// SPDX-License-Identifier: GPL-2.0-only
// Memory policies of single mappings (mbind(2)) on the first node: private ones with and without pages, a part of one, a shared
// one, in a process and in a child. A wrong restore is noticed as another mode, flag or set of nodes that get_mempolicy(2)
// tells of an address, in a mapping that has one or in one beside that has none.
#include "../tasks.h"
#include <sys/mman.h>
#include <sys/syscall.h>

enum { MODE_DEFAULT, MODE_PREFERRED, MODE_BIND, MODE_INTERLEAVE, MODE_LOCAL, STATIC = 1 << 15, BITS = 1024, F_ADDR = 2 };
enum { PAGES = 16, MANY = 300 };

static const struct policy {
    int mode;
    unsigned long nodes;
    bool shared;
} policies[] = {
    {MODE_BIND, 1, false},  {MODE_DEFAULT, 0, false},           {MODE_PREFERRED, 1, false},
    {MODE_LOCAL, 0, false}, {MODE_INTERLEAVE | STATIC, 1, false}, {MODE_BIND | STATIC, 1, true},
};
static char *memory[ARRAY_LEN(policies)], *many;
static size_t page;

static void bind_to(void *at, size_t size, int mode, unsigned long nodes)
{
    unsigned long mask[BITS / 64] = {nodes};
    if (syscall(SYS_mbind, at, size, mode, nodes ? mask : NULL, nodes ? BITS + 1 : 0, 0))
        skip("mbind of mode %d: %s", mode, strerror(errno));
}

static void expect_policy(const char *what, void *at, int mode, unsigned long nodes)
{
    unsigned long mask[BITS / 64] = {0};
    int is = -1;
    must(syscall(SYS_get_mempolicy, &is, mask, BITS + 1, at, F_ADDR));
    expect(is == mode, "%s: mode %x, not %x", what, is, mode);
    expect(mask[0] == nodes, "%s: nodes %lx, not %lx", what, mask[0], nodes);
}

static void make(void)
{
    for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
        int flags = MAP_ANONYMOUS | (policies[i].shared ? MAP_SHARED : MAP_PRIVATE);
        memory[i] = must(mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, flags, -1, 0));
        if (i % 2)
            memset(memory[i], 'x', page);
        // But the first and the last page, which have none.
        bind_to(memory[i] + page, (PAGES - 2) * page, policies[i].mode, policies[i].nodes);
    }
    // Every second page of many: each is a mapping.
    many = must(mmap(NULL, MANY * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    for (int i = 0; i < MANY; i += 2)
        bind_to(many + i * page, page, MODE_PREFERRED, 1);
}

static void verify(void)
{
    for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
        expect_policy("a mapping", memory[i] + page, policies[i].mode, policies[i].nodes);
        expect_policy("its end", memory[i] + (PAGES - 2) * page, policies[i].mode, policies[i].nodes);
        expect_policy("before", memory[i], MODE_DEFAULT, 0);
        expect_policy("behind", memory[i] + (PAGES - 1) * page, MODE_DEFAULT, 0);
        expect_eq("content", memory[i][page - 1], i % 2 ? 'x' : 0);
    }
    for (int i = 0; i < MANY; i++)
        expect_policy("one of many", many + i * page, i % 2 ? MODE_DEFAULT : MODE_PREFERRED, i % 2 ? 0 : 1);
}

static void handler(const char *question)
{
    if (asked(question, "make", NULL))
        make();
    else if (asked(question, "verify", NULL))
        verify();
}

static void setup(void)
{
    page = sysconf(_SC_PAGESIZE);
    make();
    fork_server("child", handler);
    ask("child", "make");
}

static void sabotage(void)
{
    bind_to(memory[0] + page, page, MODE_DEFAULT, 0);
}

static void check(void)
{
    verify();
    ask("child", "verify");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
