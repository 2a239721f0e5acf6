// SPDX-License-Identifier: GPL-2.0-only
// Benchmark target: ballast REPORT MIB PROCESSES THREADS. So many processes (the leader among them), each with so many MiB
// of random content and so many threads (the first among them) that wait. A wrong restore is noticed as a checksum of its
// memory that differs, or a thread that does not answer.
#include "../tasks.h"
#include "../threads.h"

static size_t words;
static uint64_t *memory, sum;
static int processes = 1, threads = 1;
static struct worker *workers;
static char (*names)[24];

static uint64_t checksum(void)
{
    uint64_t total = 0;
    for (size_t i = 0; i < words; i++)
        total = (total << 1 | total >> 63) ^ memory[i];
    return total;
}

// Not compressible and cheap to make: the speed of preparing 16 GiB counts too.
static void fill(uint64_t seed)
{
    uint64_t state = seed * 0x9e3779b97f4a7c15 + 1;
    for (size_t i = 0; i < words; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        memory[i] = state;
    }
}

static void idle(struct worker *w)
{
    (void)w;
}

static void prepare(uint64_t seed)
{
    memory = mmap(NULL, words * 8 + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        die("cannot map %zu bytes: %s", words * 8, strerror(errno));
    fill(seed);
    sum = checksum();
    workers = calloc(threads, sizeof(*workers));
    for (int i = 1; i < threads; i++) {
        workers[i] = (struct worker){.index = i, .run = idle};
        worker_create(&workers[i], 32 << 10);
    }
}

static void verify(void)
{
    expect(checksum() == sum, "the checksum of the memory differs");
    for (int i = 1; i < threads; i++)
        worker_command(&workers[i]);
}

// Children look rarely: a hundred of them polling each 10 ms would be a load of its own.
__attribute__((noreturn)) static void wait_in_child(int index)
{
    char *ask_path = side_path(".ask-%s", names[index]), *answer_path = side_path(".answer-%s", names[index]), question[32];
    for (int idle = 0; !program_over() && idle < IDLE_POLLS / 20; idle++) {
        if (take_file(ask_path, question, sizeof(question)) > 0) {
            verify();
            put_file(answer_path, prog.failed ? prog.failure : "ok");
        }
        usleep(200000);
    }
    _exit(0);
}

static void setup(void)
{
    size_t mib = prog.argc > 0 ? atol(prog.argv[0]) : 4;
    processes = prog.argc > 1 ? atoi(prog.argv[1]) : 1;
    threads = prog.argc > 2 ? atoi(prog.argv[2]) : 1;
    words = mib << 17;
    names = calloc(processes, sizeof(*names));
    pid_t *pids = calloc(processes, sizeof(*pids));
    for (int i = 1; i < processes; i++) {
        snprintf(names[i], sizeof(names[i]), "p%d", i);
        if ((pids[i] = must(fork())) == 0) {
            prepare(i);
            put_file(side_path(".answer-%s", names[i]), "ready");
            wait_in_child(i);
        }
    }
    prepare(0);
    for (int i = 1; i < processes; i++) {
        char text[32], *path = side_path(".answer-%s", names[i]);
        if (!wait_for(take_file(path, text, sizeof(text)) > 0, 120000))
            die("process %d does not get ready", i);
        free(path);
    }
}

static void sabotage(void)
{
    if (words)
        memory[words / 2] ^= 1;
    else
        sum++;
}

// All are asked before the first answer is awaited: they look rarely.
static void check(void)
{
    for (int i = 1; i < processes; i++) {
        char *path = side_path(".ask-%s", names[i]);
        put_file(path, "verify");
        free(path);
    }
    verify();
    for (int i = 1; i < processes; i++) {
        char text[ANSWER_MAX] = "no answer", *path = side_path(".answer-%s", names[i]);
        wait_for(take_file(path, text, sizeof(text)) > 0, 30000);
        expect_str(names[i], text, "ok");
        free(path);
    }
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
