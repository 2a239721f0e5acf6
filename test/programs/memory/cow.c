// SPDX-License-Identifier: GPL-2.0-only
// 16 MiB shared copy-on-write by a parent, a child and a grandchild, of which each has changed some pages of its own.
// A wrong restore is noticed as a page with another's content, or a write of one that another sees; and as pages that
// nobody changed taking memory more than once (needs page frame numbers, which only root is shown).
#include "../pattern.h"
#include "../tasks.h"

#define PAGE 4096UL
#define PAGES 4096

static char *area;
static int rank; // 0 the leader, 1 the child, 2 the grandchild
static int written;

static bool changed_by(int who, int page)
{
    return page % 7 == who && page % 3 == 0;
}

static uint64_t seed_of(int page)
{
    for (int who = rank; who >= 0; who--) // what an ancestor changed before the fork is inherited
        if (changed_by(who, page))
            return (uint64_t)(who + 1) << 32 | page;
    return page;
}

static void change(void)
{
    for (int i = 0; i < PAGES; i++)
        if (changed_by(rank, i))
            pattern_fill(area + i * PAGE, PAGE, (uint64_t)(rank + 1) << 32 | i);
}

static uint64_t frame_of(int page)
{
    uint64_t entry = 0;
    int fd = must(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
    must(pread(fd, &entry, 8, (uintptr_t)(area + page * PAGE) / PAGE * 8));
    close(fd);
    return entry >> 63 ? entry & ((1UL << 55) - 1) : 0;
}

static void verify(void)
{
    for (int i = 0; i < PAGES; i++) {
        long at = i == 1 && written ? -1 : pattern_differs(area + i * PAGE, PAGE, seed_of(i));
        expect(at < 0, "page %d differs at byte %ld", i, at);
    }
    if (written)
        expect_pattern("page written since", area + PAGE, PAGE, 5000 + rank + 10 * written);
}

static void handler(const char *question)
{
    const char *rest;
    if (asked(question, "verify", NULL))
        verify();
    else if (asked(question, "write", &rest)) {
        written = atoi(rest);
        pattern_fill(area + PAGE, PAGE, 5000 + rank + 10 * written);
    } else if (asked(question, "frame", &rest))
        answer("%lx", frame_of(atoi(rest)));
}

static void grandchild(void)
{
    rank = 2;
    change();
    serve("grandchild", handler);
}

static void child(void)
{
    rank = 1;
    change();
    fork_child(grandchild);
    serve("child", handler);
}

static void setup(void)
{
    area = map_anon(PAGES * PAGE, PROT_READ | PROT_WRITE, 0);
    must(madvise(area, PAGES * PAGE, MADV_NOHUGEPAGE));
    for (int i = 0; i < PAGES; i++)
        pattern_fill(area + i * PAGE, PAGE, i);
    change();
    fork_child(child);
    ask("child", "verify");
    ask("grandchild", "verify");
}

static void sabotage(void)
{
    ask("grandchild", "write 0");
}

static void expect_shared(int page)
{
    char mine[32] = "";
    const char *theirs = "-";
    for (int look = 0; look < 5 && strcmp(mine, theirs); look++) { // the kernel may move it between the two looks
        snprintf(mine, sizeof(mine), "%lx", frame_of(page));
        theirs = ask_text("child", page == 4 ? "frame 4" : "frame 4000");
    }
    if (strcmp(mine, "0")) // hidden from this task, or swapped out
        expect_str("frame of an unchanged page, child's and leader's", theirs, mine);
}

static void check(void)
{
    verify();
    ask("child", "verify");
    ask("grandchild", "verify");
    if (prog.argc && !strcmp(prog.argv[0], "frames")) {
        expect_shared(4);
        expect_shared(4000);
    }
    ask("child", "write %d", prog.round);
    written = prog.round;
    pattern_fill(area + PAGE, PAGE, 5000 + rank + 10 * written);
    ask("grandchild", "write %d", prog.round);
    verify();
    ask("child", "verify");
    ask("grandchild", "verify");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
