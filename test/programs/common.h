// SPDX-License-Identifier: GPL-2.0-only
// The protocol every self-proving program speaks with its harness; README.md in this folder describes it.
// Everything is in headers so that a program is one source file and one compiler call.
#ifndef STASIS_PROGRAMS_COMMON_H
#define STASIS_PROGRAMS_COMMON_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXIT_SETUP 3 // the state could not be prepared
#define EXIT_IDLE 4  // nobody asked for ten minutes
#define EXIT_SKIP 77
#define POLL_MS 10
#define IDLE_POLLS (10 * 60 * 1000 / POLL_MS)
#define ANSWER_MAX 3000
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

struct program {
    char report[PATH_MAX]; // absolute, as this task sees it
    int report_fd;         // kept open with O_APPEND: a regular file with a position is part of every state
    int argc;              // arguments after the report file
    char **argv;
    int round; // N of the next `.go-N`
    bool sabotage;
    int failed;
    char failure[ANSWER_MAX];
    volatile unsigned long polls; // undisturbed 10 ms waits of this task: a lower bound of the time it was alive
    pid_t children[64];
    int child_count;
};

static struct program prog;

struct steps {
    void (*setup)(void);
    void (*check)(void);    // verifies with expect*() and puts the state back as it was
    void (*sabotage)(void); // breaks the state in place, so that check() must fail
    void (*teardown)(void);
};

__attribute__((format(printf, 1, 2))) static inline void report(const char *format, ...)
{
    char line[ANSWER_MAX + 100];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof(line) - 1, format, args);
    va_end(args);
    if (len > (int)sizeof(line) - 2)
        len = sizeof(line) - 2;
    line[len++] = '\n';
    if (write(prog.report_fd, line, len) != len)
        _exit(EXIT_SETUP);
}

__attribute__((format(printf, 1, 2), noreturn)) static inline void die(const char *format, ...)
{
    char text[ANSWER_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    report("error: %s", text);
    for (int i = 0; i < prog.child_count; i++)
        kill(prog.children[i], SIGKILL);
    _exit(EXIT_SETUP);
}

__attribute__((format(printf, 1, 2), noreturn)) static inline void skip(const char *format, ...)
{
    char text[ANSWER_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    report("skip: %s", text);
    for (int i = 0; i < prog.child_count; i++)
        kill(prog.children[i], SIGKILL);
    _exit(EXIT_SKIP);
}

// Only the first failure of a round is kept: later ones are mostly its consequences.
__attribute__((format(printf, 1, 2))) static inline void fail(const char *format, ...)
{
    if (__atomic_exchange_n(&prog.failed, 1, __ATOMIC_SEQ_CST))
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(prog.failure, sizeof(prog.failure), format, args);
    va_end(args);
}

#define must(call)                                                            \
    ({                                                                        \
        __typeof__(call) must_result = (call);                                \
        if ((long)must_result == -1)                                          \
            die("%s:%d: %s: %s", __FILE__, __LINE__, #call, strerror(errno)); \
        must_result;                                                          \
    })

// For the pthread_* functions, which return the error.
#define must_zero(call)                                                            \
    do {                                                                           \
        int must_error = (call);                                                   \
        if (must_error)                                                            \
            die("%s:%d: %s: %s", __FILE__, __LINE__, #call, strerror(must_error)); \
    } while (0)

#define expect(condition, ...) \
    do {                       \
        if (!(condition))      \
            fail(__VA_ARGS__); \
    } while (0)

static inline void expect_eq(const char *what, long long is, long long want)
{
    expect(is == want, "%s: expected %lld, is %lld", what, want, is);
}

static inline void expect_str(const char *what, const char *is, const char *want)
{
    expect(!strcmp(is, want), "%s: expected '%.1400s', is '%.1400s'", what, want, is);
}

static inline void expect_mem(const char *what, const void *is, const void *want, size_t len)
{
    const unsigned char *a = is, *b = want;
    for (size_t i = 0; i < len; i++)
        if (a[i] != b[i]) {
            fail("%s: byte %zu of %zu: expected 0x%02x, is 0x%02x", what, i, len, b[i], a[i]);
            return;
        }
}

// The call must fail, and with this error.
#define expect_errno(what, call, want)                                                                              \
    do {                                                                                                            \
        errno = 0;                                                                                                  \
        long expect_result = (long)(call);                                                                          \
        expect(expect_result == -1 && errno == (want), "%s: expected errno %d, is result %ld errno %d", what, want, \
               expect_result, errno);                                                                               \
    } while (0)

// Waits up to `ms` for the condition, looking every millisecond; true when it came.
#define wait_for(condition, ms)                                                    \
    ({                                                                             \
        bool wait_came;                                                            \
        for (int wait_left = (ms); !(wait_came = (condition)) && wait_left-- > 0;) \
            usleep(1000);                                                          \
        wait_came;                                                                 \
    })

// A path beside the report file, e.g. side_path(".data"); never freed.
__attribute__((format(printf, 1, 2))) static inline char *side_path(const char *format, ...)
{
    char suffix[NAME_MAX], *path;
    va_list args;
    va_start(args, format);
    vsnprintf(suffix, sizeof(suffix), format, args);
    va_end(args);
    if (asprintf(&path, "%s%s", prog.report, suffix) < 0)
        die("out of memory");
    return path;
}

static inline bool exists_beside(const char *suffix)
{
    char path[PATH_MAX + NAME_MAX];
    snprintf(path, sizeof(path), "%s%s", prog.report, suffix);
    return access(path, F_OK) == 0;
}

// The harness said `.end`, or the whole test folder is gone.
static inline bool program_over(void)
{
    return exists_beside(".end") || !exists_beside("");
}

static inline void poll_wait(void)
{
    if (usleep(POLL_MS * 1000) == 0)
        prog.polls++;
}

static inline bool wait_round(void)
{
    char suffix[32];
    snprintf(suffix, sizeof(suffix), ".go-%d", prog.round);
    for (int idle = 0; !exists_beside(suffix); idle++) {
        if (program_over())
            return false;
        if (idle > IDLE_POLLS)
            die("idle for ten minutes");
        poll_wait();
    }
    return true;
}

static inline uint64_t now_ns(clockid_t clock)
{
    struct timespec ts;
    must(clock_gettime(clock, &ts));
    return (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static inline uint64_t mono_ns(void)
{
    return now_ns(CLOCK_MONOTONIC);
}

static inline void program_open(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s REPORT_FILE [ARGUMENT...]\n", argv[0]);
        exit(2);
    }
    int null = open("/dev/null", O_RDWR); // nothing outside the tree is held
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    syscall(SYS_close_range, 3, ~0U, 0);
    prog.report_fd = open(argv[1], O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (prog.report_fd < 0 || !realpath(argv[1], prog.report))
        exit(2);
    prog.argc = argc - 2;
    prog.argv = argv + 2;
    prog.sabotage = getenv("STASIS_SABOTAGE") != NULL;
    setsid(); // fails where the harness has already made this task a session leader, which is as good
}

static inline void program_end(void)
{
    for (int i = 0; i < prog.child_count; i++)
        kill(prog.children[i], SIGKILL);
    while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
        ;
    _exit(0);
}

static inline int program_run(int argc, char **argv, struct steps steps)
{
    program_open(argc, argv);
    steps.setup();
    if (prog.failed)
        die("%s", prog.failure);
    report("ready");
    for (prog.round = 1; wait_round(); prog.round++) {
        if (prog.sabotage)
            steps.sabotage();
        steps.check();
        if (prog.failed)
            report("fail %d: %s", prog.round, prog.failure);
        else
            report("ok %d", prog.round);
        prog.failed = 0; // here and not before a round: what a thread noticed between two rounds counts for the second
    }
    if (steps.teardown)
        steps.teardown();
    program_end();
    return 0;
}

#endif
