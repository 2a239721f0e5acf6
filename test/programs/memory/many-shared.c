// SPDX-License-Identifier: GPL-2.0-only
// many-shared OBJECTS [PROCESSES]: so many shared anonymous objects, each a mapping of its own between guards, with a word
// in one page; each eighth is mapped a second time, each ninth is read-only by now, each tenth is larger than what is left
// mapped of it. Further processes inherit all of them and map as many of their own.
// A wrong restore is noticed as another content, as another permission, as a write that does not come through where it was
// shared or does where it was not, and as pages that are no longer there behind the end of a mapping.
#include "../pattern.h"
#include "../tasks.h"

#define PAGE 4096UL
#define STRIDE (4 * PAGE)

static int count = 100, processes = 1;
static char *area, *own_area;
static char names[8][16];

static char *object(char *in, int i)
{
    return in + i * STRIDE;
}

static volatile uint64_t *word(char *in, int i)
{
    return (uint64_t *)(object(in, i) + PAGE + i % 500 * 8);
}

static bool twice(int i)
{
    return i % 8 == 1;
}

// One page and one page of the second mapping; a hole that belongs to nobody behind them.
static char *map_objects(int seed)
{
    char *in = map_anon(count * STRIDE, PROT_NONE, MAP_NORESERVE);
    must(munmap(in, count * STRIDE));
    for (int i = 0; i < count; i++) {
        size_t size = i % 10 == 3 ? 3 * PAGE : 2 * PAGE;
        if (mmap(object(in, i), size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
            skip("cannot have %d mappings (vm.max_map_count): %s", i, strerror(errno));
        *word(in, i) = mix(seed + i);
        if (i % 10 == 3) {
            object(in, i)[2 * PAGE] = 'z';
            must(munmap(object(in, i) + 2 * PAGE, PAGE));
        }
        if (twice(i)) {
            void *copy = mremap(object(in, i) + PAGE, 0, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, object(in, i) + 3 * PAGE);
            must(copy == MAP_FAILED ? -1 : 0);
        }
        if (i % 9 == 4)
            must(mprotect(object(in, i), 2 * PAGE, PROT_READ));
    }
    return in;
}

static void expect_objects(const char *who, char *in, int seed)
{
    for (int i = 0; i < count && !prog.failed; i++) {
        expect(*word(in, i) == mix(seed + i), "%s: object %d holds %lx, not %lx", who, i, *word(in, i), mix(seed + i));
        if (twice(i))
            expect(*(uint64_t *)((char *)word(in, i) + 2 * PAGE) == mix(seed + i), "%s: second mapping of object %d", who, i);
    }
}

// What is written through one mapping is seen through the other. Read-only ones are left alone.
static void change(char *in, int by)
{
    for (int i = 0; i < count; i++)
        if (i % 9 != 4)
            *word(in, i) += by;
}

static void expect_written(const char *who, char *in, int seed, int by)
{
    for (int i = 0; i < count && !prog.failed; i++)
        expect(*word(in, i) == mix(seed + i) + (i % 9 == 4 ? 0 : by), "%s: object %d does not show what was written", who, i);
}

static void handler(const char *question)
{
    const char *rest;
    if (asked(question, "own", &rest))
        expect_objects("the child's own", own_area, atoi(rest));
    if (asked(question, "written", &rest))
        expect_written("the child", area, 0, atoi(rest));
    if (asked(question, "map", &rest))
        own_area = map_objects(atoi(rest));
}

static int seed_of(int process)
{
    return process * 1000000;
}

static void setup(void)
{
    if (prog.argc > 0)
        count = atoi(prog.argv[0]);
    if (prog.argc > 1)
        processes = atoi(prog.argv[1]);
    area = map_objects(0);
    for (int i = 1; i < processes && i < (int)ARRAY_LEN(names); i++) {
        snprintf(names[i], sizeof(names[i]), "c%d", i);
        fork_server(names[i], handler);
        ask(names[i], "map %d", seed_of(i));
    }
}

static void sabotage(void)
{
    *word(area, count / 2 / 9 * 9) ^= 1;
}

static void check(void)
{
    expect_objects("the parent", area, 0);
    change(area, 5);
    for (int i = 1; i < processes && i < (int)ARRAY_LEN(names); i++) {
        ask(names[i], "written 5");
        ask(names[i], "own %d", seed_of(i));
    }
    change(area, -5);
    // What lies beyond the end of a mapping is still there when it grows back.
    for (int i = 3; i < count && !prog.failed; i += 10) {
        char *grown = mremap(object(area, i), 2 * PAGE, 3 * PAGE, 0);
        expect(grown != MAP_FAILED && grown[2 * PAGE] == 'z', "object %d has lost its last page", i);
        if (grown != MAP_FAILED)
            munmap(grown + 2 * PAGE, PAGE);
    }
    for (int i = 4; i < count && !prog.failed; i += 9 * 50) {
        pid_t pid = must(fork());
        if (pid == 0) {
            prog.child_count = 0;
            *word(area, i) = 1;
            _exit(0);
        }
        int status = 0;
        must(waitpid(pid, &status, 0));
        expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "object %d can be written", i);
    }
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
