// SPDX-License-Identifier: GPL-2.0-only
// What prctl(2) switches for a process (memory merging, huge pages except where advised, no exec gain) and for single
// threads (time stamp counter, I/O flusher, speculation), a thread's personality, and the niceness of a session's group of tasks (autogroup).
// A wrong restore is noticed as another answer of prctl(2) or /proc, or as memory that becomes executable after all.
#include "../procfs.h"
#include "../tasks.h"
#include "../threads.h"
#include <sys/personality.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_GET_MDWE 66
#endif
#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#define PR_GET_MEMORY_MERGE 68
#endif
#define EXCEPT_ADVISED 2

static struct worker workers[2];
static long merges, huge;
static int counters[2], flushers[2];
static long personalities[2], speculations[2][3];
static bool grouped;

static long told(int option)
{
    return prctl(option, 0, 0, 0, 0);
}

static int counter_mode(void)
{
    int mode = 0;
    return prctl(PR_GET_TSC, &mode) ? -1 : mode;
}

static int autogroup_nice(void)
{
    char text[64] = "", *nice;
    read_text(text, sizeof(text), "/proc/self/autogroup");
    nice = strrchr(text, ' ');
    return nice ? atoi(nice) : -100;
}

static void set_autogroup(int nice)
{
    char text[16];
    int fd = must(open("/proc/self/autogroup", O_WRONLY));
    snprintf(text, sizeof(text), "%d", nice);
    must(write(fd, text, strlen(text)));
    close(fd);
}

static long speculation(int kind)
{
    return prctl(PR_GET_SPECULATION_CTRL, kind, 0, 0, 0);
}

// The second thread differs from the first, and both from the leader in one thing.
static void start(struct worker *w)
{
    if (w->index == 1) {
        prctl(PR_SET_TSC, PR_TSC_SIGSEGV);
        prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0); // needs CAP_SYS_RESOURCE
    }
    if (w->index == 1) {
        must(personality(ADDR_NO_RANDOMIZE | STICKY_TIMEOUTS));
        for (int kind = 0; kind < 3; kind++) // where the processor is affected, and it is left to us
            prctl(PR_SET_SPECULATION_CTRL, kind, kind == 2 ? PR_SPEC_ENABLE : PR_SPEC_DISABLE, 0, 0);
    }
    for (int kind = 0; kind < 3; kind++)
        speculations[w->index][kind] = speculation(kind);
    personalities[w->index] = personality(0xffffffff);
    counters[w->index] = counter_mode();
    flushers[w->index] = told(PR_GET_IO_FLUSHER);
}

static void run(struct worker *w)
{
    expect_eq("PR_GET_TSC of a thread", counter_mode(), counters[w->index]);
    expect_eq("personality of a thread", personality(0xffffffff), personalities[w->index]);
    for (int kind = 0; kind < 3; kind++)
        expect_eq("PR_GET_SPECULATION_CTRL of a thread", speculation(kind), speculations[w->index][kind]);
    expect_eq("PR_GET_IO_FLUSHER of a thread", told(PR_GET_IO_FLUSHER), flushers[w->index]);
}

static void handler(const char *question)
{
    static char page[8192];
    if (!asked(question, "check", NULL))
        return;
    expect_eq("PR_GET_MDWE", told(PR_GET_MDWE), 1);
    void *own = (void *)((uintptr_t)(page + 4095) & ~4095ul);
    expect_errno("mprotect", mprotect(own, 4096, PROT_READ | PROT_EXEC), EACCES);
}

static void child(void)
{
    must(setsid());
    if (prctl(PR_SET_MDWE, 1, 0, 0, 0))
        skip("no PR_SET_MDWE: %s", strerror(errno));
    serve("child", handler);
}

static void setup(void)
{
    if (prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0) == 0) {
        void *own = must(mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        must(madvise(own, 16384, MADV_UNMERGEABLE));
    }
    if (prctl(PR_SET_THP_DISABLE, 1, EXCEPT_ADVISED, 0, 0))
        must(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
    merges = told(PR_GET_MEMORY_MERGE);
    huge = told(PR_GET_THP_DISABLE);
    fork_child(child);
    grouped = access("/proc/self/autogroup", W_OK) == 0 && autogroup_nice() != -100;
    if (grouped)
        set_autogroup(7);
    for (int i = 0; i < 2; i++) {
        workers[i] = (struct worker){.index = i, .start = start, .run = run};
        worker_create(&workers[i], 0);
    }
    ask("child", "check");
}

static void sabotage(void)
{
    prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
}

static void check(void)
{
    expect_eq("PR_GET_MEMORY_MERGE", told(PR_GET_MEMORY_MERGE), merges);
    expect_eq("PR_GET_THP_DISABLE", told(PR_GET_THP_DISABLE), huge);
    expect_eq("PR_GET_MDWE of the leader", told(PR_GET_MDWE), 0);
    if (grouped)
        expect_eq("niceness of the session", autogroup_nice(), 7);
    for (int i = 0; i < 2; i++)
        worker_command(&workers[i]);
    ask("child", "check");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
