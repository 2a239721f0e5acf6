// SPDX-License-Identifier: GPL-2.0-only
// many PROCESSES [KIB]: so many children that wait for a signal, each with a number in memory of its own; with KIB each runs
// the program anew with so large an environment. They answer through one pipe.
// A wrong restore is noticed as a child that does not answer, or answers with another number, pid or environment.
#include "../pattern.h"
#include <poll.h>

#define ASK SIGRTMIN

struct answer {
    int index;
    pid_t pid;
    uint64_t word, environment;
};

static int count = 1, kib, answers[2];
static pid_t *pids;
static volatile uint64_t own;

static uint64_t sum_of(char *const *environment)
{
    uint64_t sum = 0;
    for (; *environment; environment++)
        for (const char *at = *environment; *at; at++)
            sum = sum * 31 + (unsigned char)*at;
    return sum;
}

// Variables of 1 KiB, whose text follows from the number of the process.
static char **environment_of(int index)
{
    char **all = calloc(kib + 1, sizeof(*all));
    for (int i = 0; i < kib; i++) {
        all[i] = malloc(1024);
        int len = snprintf(all[i], 1024, "V%d_%d=", index, i);
        memset(all[i] + len, 'a' + (index + i) % 26, 1023 - len);
        all[i][1023] = 0;
    }
    return all;
}

// Wakes each second only to see whether all is over.
__attribute__((noreturn)) static void serve_signals(int index, int to)
{
    sigset_t set;
    siginfo_t info;
    own = mix(index);
    sigemptyset(&set);
    sigaddset(&set, ASK);
    for (int idle = 0; getppid() != 1 && idle < 600; idle++) {
        if (sigtimedwait(&set, &info, &(struct timespec){.tv_sec = 1}) != ASK)
            continue;
        idle = 0;
        if (info.si_value.sival_int < 0) {
            own++;
            continue;
        }
        own += info.si_value.sival_int;
        struct answer answer = {index, getpid(), own, sum_of(environ)};
        own -= info.si_value.sival_int;
        if (write(to, &answer, sizeof(answer)) != sizeof(answer))
            _exit(1);
    }
    _exit(0);
}

static pid_t start(int index)
{
    char number[16], to[16], *arguments[] = {"many", "--child", number, to, NULL};
    snprintf(number, sizeof(number), "%d", index);
    snprintf(to, sizeof(to), "%d", answers[1]);
    char **environment = kib ? environment_of(index) : NULL;
    pid_t pid = must(fork());
    if (pid == 0) {
        if (!kib)
            serve_signals(index, answers[1]);
        execve("/proc/self/exe", arguments, environment);
        _exit(1);
    }
    for (int i = 0; i < kib; i++)
        free(environment[i]);
    free(environment);
    return pid;
}

static void ask_all(int value)
{
    char *seen = calloc(count, 1);
    int asked = 0, answered = 0;
    while (answered < count && !prog.failed) {
        // A pipe holds more answers than this.
        while (asked < count && asked - answered < 1000) {
            expect(!sigqueue(pids[asked], ASK, (union sigval){.sival_int = value}), "child %d is gone: %s", asked, strerror(errno));
            asked++;
        }
        struct answer answer;
        struct pollfd ready = {.fd = answers[0], .events = POLLIN};
        if (poll(&ready, 1, 30000) != 1 || read(answers[0], &answer, sizeof(answer)) != sizeof(answer)) {
            fail("%d of %d children answer", answered, count);
            break;
        }
        answered++;
        int i = answer.index;
        if (i < 0 || i >= count || seen[i]++) {
            fail("there is an answer of a child %d", i);
            break;
        }
        char **environment = kib ? environment_of(i) : environ;
        expect(answer.pid == pids[i], "child %d: pid %d, not %d", i, answer.pid, pids[i]);
        expect(answer.word == mix(i) + 7, "child %d: %lx, not %lx", i, answer.word, mix(i) + 7);
        expect(answer.environment == sum_of(environment), "child %d: another environment", i);
        for (int each = 0; each < kib; each++)
            free(environment[each]);
        if (kib)
            free(environment);
    }
    free(seen);
}

static void setup(void)
{
    sigset_t set;
    count = prog.argc > 0 ? atoi(prog.argv[0]) : 1;
    kib = prog.argc > 1 ? atoi(prog.argv[1]) : 0;
    must(pipe(answers));
    sigemptyset(&set);
    sigaddset(&set, ASK);
    must(sigprocmask(SIG_BLOCK, &set, NULL));
    pids = calloc(count, sizeof(*pids));
    for (int i = 0; i < count; i++)
        pids[i] = start(i);
    ask_all(7);
}

static void sabotage(void)
{
    must(sigqueue(pids[count / 2], ASK, (union sigval){.sival_int = -1}));
}

static void check(void)
{
    ask_all(7);
}

static void teardown(void)
{
    for (int i = 0; i < count; i++)
        kill(pids[i], SIGKILL);
}

int main(int argc, char **argv)
{
    if (argc > 3 && !strcmp(argv[1], "--child"))
        serve_signals(atoi(argv[2]), atoi(argv[3]));
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage, .teardown = teardown});
}
