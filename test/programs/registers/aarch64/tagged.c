// SPDX-License-Identifier: GPL-2.0-only
// Tagged pointers: one thread may pass them to system calls, another may not, and both have some in memory. A wrong restore is
// noticed as a call that takes or refuses such a pointer when it should not, or as a pointer without its tag.
#include "../../threads.h"

#define TAG (UINT64_C(0xab) << 56)

static char text[] = "through a tagged pointer";
static char *volatile tagged;
static struct worker workers[2];
static bool broken;

static void run(struct worker *w)
{
    int ends[2];
    char is[sizeof(text)] = "";
    if (w->index == 0 && broken)
        must(prctl(PR_SET_TAGGED_ADDR_CTRL, 0, 0, 0, 0));
    expect((uint64_t)tagged >> 56 == 0xab && !strcmp(tagged, text), "the tagged pointer is %p", tagged);
    expect_eq("tagged addresses in calls", prctl(PR_GET_TAGGED_ADDR_CTRL, 0, 0, 0, 0), w->index == 0);
    must(pipe(ends));
    long written = write(ends[1], tagged, sizeof(text));
    if (w->index == 0) {
        expect_eq("bytes written", written, (long)sizeof(text));
        must(read(ends[0], is, sizeof(is)));
        expect(!strcmp(is, text), "what was written: %s", is);
    } else {
        expect(written < 0 && errno == EFAULT, "a call takes a tagged pointer");
    }
    close(ends[0]);
    close(ends[1]);
}

static void start(struct worker *w)
{
    if (w->index == 0)
        must(prctl(PR_SET_TAGGED_ADDR_CTRL, PR_TAGGED_ADDR_ENABLE, 0, 0, 0));
}

static void setup(void)
{
    if (prctl(PR_GET_TAGGED_ADDR_CTRL, 0, 0, 0, 0) < 0)
        skip("needs PR_SET_TAGGED_ADDR_CTRL: %s", strerror(errno));
    tagged = (char *)((uint64_t)text | TAG);
    for (int i = 0; i < 2; i++) {
        workers[i] = (struct worker){.index = i, .start = start, .run = run};
        worker_create(&workers[i], 0);
    }
}

static void check(void)
{
    for (int i = 0; i < 2; i++)
        worker_command(&workers[i]);
}

static void sabotage(void)
{
    broken = true;
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
