// SPDX-License-Identifier: GPL-2.0-only
// Eight threads with thread-local variables, names and stacks of their own. With an argument, so many threads.
// A wrong restore is noticed as another tid, name, thread-local value or local variable, or a thread that is lost.
#include "../pattern.h"
#include "../procfs.h"
#include "../threads.h"

#define STACK (64 << 10)

static __thread uint64_t local_seed = 1;
static __thread char local_block[256];
static struct worker *workers;
static uint64_t *rounds; // what each thread has counted
static int count = 8;

static void name_of(int index, char *name)
{
    snprintf(name, 16, "worker %d", index);
}

static void start(struct worker *w)
{
    char name[16];
    name_of(w->index, name);
    must(prctl(PR_SET_NAME, name));
    local_seed = 1000 + w->index;
    pattern_fill(local_block, sizeof(local_block), local_seed);
}

static void run(struct worker *w)
{
    char name[16], is[16] = "";
    name_of(w->index, name);
    must(prctl(PR_GET_NAME, is));
    expect_str("name of the thread", is, name);
    expect_eq("gettid", syscall(SYS_gettid), w->tid);
    expect_eq("thread-local variable", local_seed, 1000 + w->index);
    expect_pattern("thread-local block", local_block, sizeof(local_block), 1000 + w->index);
    expect(pthread_equal(pthread_self(), w->thread), "pthread_self differs");
    rounds[w->index]++;
}

static int task_count(void)
{
    char text[16];
    status_field(getpid(), 0, "Threads", text, sizeof(text));
    return atoi(text);
}

static void setup(void)
{
    if (prog.argc)
        count = atoi(prog.argv[0]);
    workers = calloc(count, sizeof(*workers));
    rounds = calloc(count, sizeof(*rounds));
    for (int i = 0; i < count; i++) {
        workers[i].index = i;
        workers[i].start = start;
        workers[i].run = run;
        worker_create(&workers[i], STACK);
    }
}

static void sabotage(void)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/task/%d/comm", workers[3].tid);
    int fd = must(open(path, O_WRONLY));
    must(write(fd, "other", 5));
    close(fd);
}

static void check(void)
{
    expect_eq("number of threads", task_count(), count + 1);
    for (int i = 0; i < count; i++) {
        worker_command(&workers[i]);
        expect_eq("rounds of the thread", rounds[i], prog.round);
    }
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
