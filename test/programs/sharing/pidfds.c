// SPDX-License-Identifier: GPL-2.0-only
// pidfds that three generations have, under different numbers, and equal-looking ones that are others; some that only the younger
// two have; as many more as the argument says; and an epoll of all three that watches some. Judged by kcmp (the whole matrix), by
// a status flag that all see, and by what the handles do.
// A wrong restore is noticed as a handle of another process, or as two that are, or are no longer, the same description.
#include "../files/fds.h"
#include <sys/epoll.h>
#include <sys/resource.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

enum { TARGET, ENDED, OWN, AGAIN, LIKE, WATCH, HEIRS, HEIRS_OWN, KINDS, MOST = 5000, GAP = 50 };
static const char *const names[] = {"leader", "heir", "grandchild"};
static int at[3][KINDS], more[MOST], count; // numbers in each task; the same in all tasks' memory
static pid_t tasks[3], target, zombie;
static signed char matrix[3 * KINDS][3 * KINDS];

static int handle(pid_t pid, unsigned flags)
{
    return (int)must(syscall(SYS_pidfd_open, pid, flags));
}

static void nothing(const char *question)
{
    (void)question;
}

static void handler(const char *question)
{
    const char *rest;
    struct epoll_event event;
    int fd = asked(question, "of", &rest) || asked(question, "flags", &rest) || asked(question, "events", &rest) ? atoi(rest) : -1;
    if (asked(question, "of", NULL))
        answer("%ld", fdinfo_number(fd, "Pid", 10));
    else if (asked(question, "flags", NULL))
        answer("%d", fcntl(fd, F_GETFL) & O_NONBLOCK);
    else if (asked(question, "events", NULL)) {
        int ready = epoll_wait(fd, &event, 1, 0);
        answer("%d %d", ready, (int)event.data.u64);
    }
    else if (asked(question, "pid", NULL))
        answer("%d", prog.children[0]);
}

static void move_all(int generation, int last)
{
    for (int i = 0; i <= last; i++)
        must(dup2(at[generation - 1][i], at[generation][i])), must(close(at[generation - 1][i]));
}

static void grandchild(void)
{
    move_all(2, HEIRS_OWN);
    must(close(at[2][LIKE]));
    serve("grandchild", handler);
}

static void heir(void)
{
    move_all(1, WATCH);
    must(dup2(must(handle(target, 0)), at[1][HEIRS])); // leaves its first number open: two of one table
    must(dup2(must(handle(getpid(), 0)), at[1][HEIRS_OWN]));
    fork_child(grandchild);
    serve("heir", handler);
}

static void compute(signed char result[3 * KINDS][3 * KINDS])
{
    for (int i = 0; i < 3 * KINDS; i++)
        for (int j = 0; j < 3 * KINDS; j++)
            result[i][j] = same_description(tasks[i / KINDS], at[i / KINDS][i % KINDS], tasks[j / KINDS], at[j / KINDS][j % KINDS]);
}

static void setup(void)
{
    count = prog.argc ? atoi(prog.argv[0]) : 0;
    if (count < 0 || count > MOST)
        die("%d more pidfds", count);
    struct rlimit limit;
    must(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = limit.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &limit));
    target = fork_server("target", nothing);
    zombie = must(fork());
    if (zombie == 0)
        _exit(7);
    siginfo_t info = {0};
    must(waitid(P_PID, zombie, &info, WEXITED | WNOWAIT));
    at[0][TARGET] = handle(target, 0);
    at[0][ENDED] = handle(zombie, 0);
    at[0][OWN] = handle(getpid(), O_NONBLOCK);
    at[0][AGAIN] = must(dup(at[0][TARGET]));
    at[0][LIKE] = handle(target, 0);
    at[0][WATCH] = must(epoll_create1(0));
    at[0][HEIRS] = at[0][HEIRS_OWN] = -1;
    must(epoll_ctl(at[0][WATCH], EPOLL_CTL_ADD, at[0][TARGET], &(struct epoll_event){.events = EPOLLIN, .data.u64 = 1}));
    must(epoll_ctl(at[0][WATCH], EPOLL_CTL_ADD, at[0][ENDED], &(struct epoll_event){.events = EPOLLIN, .data.u64 = 2}));
    must(fcntl(at[0][OWN], F_SETFD, 0));
    for (int generation = 1; generation < 3; generation++)
        for (int i = 0; i < KINDS; i++)
            at[generation][i] = GAP * generation + i;
    for (int i = 0; i < count; i++)
        more[i] = must(fcntl(at[0][LIKE], F_DUPFD, 3 * GAP)), must(dup3(must(handle(target, 0)), more[i], O_CLOEXEC));
    tasks[0] = getpid();
    tasks[1] = fork_child(heir);
    ask("heir", "hello");
    ask("grandchild", "hello");
    tasks[2] = atoi(ask_text("heir", "pid"));
    compute(matrix);
    if (matrix[0][0] < 0)
        skip("needs kcmp: %s", strerror(errno));
    expect(matrix[TARGET][AGAIN] && !matrix[TARGET][LIKE] && matrix[TARGET][2 * KINDS + TARGET] &&
               matrix[KINDS + HEIRS][2 * KINDS + HEIRS],
           "the matrix is not as it should be");
}

static void sabotage(void)
{
    must(dup3(at[0][LIKE], at[0][TARGET], O_CLOEXEC));
}

static void expect_answer(const char *task, const char *question, int fd, long want)
{
    char text[64];
    snprintf(text, sizeof(text), "%s %d", question, fd);
    expect_eq(text, atol(ask_text(task, text)), want);
}

static void check(void)
{
    static signed char now[3 * KINDS][3 * KINDS];
    compute(now);
    for (int i = 0; i < 3 * KINDS; i++)
        for (int j = 0; j < 3 * KINDS; j++)
            expect(now[i][j] == matrix[i][j], "descriptor %d of the %s and %d of the %s: %s the same", at[i / KINDS][i % KINDS],
                   names[i / KINDS], at[j / KINDS][j % KINDS], names[j / KINDS], now[i][j] ? "are now" : "are not");
    for (int i = 0; i < count; i++) {
        expect_eq("process of one more", fdinfo_number(more[i], "Pid", 10), target);
        expect_eq("one more, of the grandchild", same_description(tasks[0], more[i], tasks[2], more[i]), 1);
        expect_eq("one more, and the one before", i && same_description(tasks[0], more[i], tasks[0], more[i - 1]) == 1, 0);
    }
    for (int generation = 1; generation < 3; generation++) {
        expect_answer(names[generation], "of", at[generation][TARGET], target);
        expect_answer(names[generation], "of", at[generation][ENDED], zombie);
        expect_answer(names[generation], "of", at[generation][OWN], tasks[0]);
        expect_answer(names[generation], "of", at[generation][HEIRS], target);
        expect_answer(names[generation], "of", at[generation][HEIRS_OWN], tasks[1]);
        expect_answer(names[generation], "flags", at[generation][OWN], O_NONBLOCK);
        expect_answer(names[generation], "flags", at[generation][TARGET], 0);
    }
    must(fcntl(at[0][AGAIN], F_SETFL, O_NONBLOCK));
    expect_answer("grandchild", "flags", at[2][TARGET], O_NONBLOCK);
    must(fcntl(at[0][AGAIN], F_SETFL, 0));
    expect_eq("close-on-exec", fcntl(at[0][TARGET], F_GETFD), FD_CLOEXEC);
    expect_eq("no close-on-exec", fcntl(at[0][OWN], F_GETFD), 0);
    char events[64];
    snprintf(events, sizeof(events), "events %d", at[2][WATCH]);
    expect_str("events of the epoll, seen by the grandchild", ask_text("grandchild", events), "1 2");
    siginfo_t info = {0};
    expect_eq("wait for the zombie", waitid(P_PIDFD, (id_t)at[0][ENDED], &info, WEXITED | WNOWAIT | WNOHANG), 0);
    expect_eq("exit code of the zombie", info.si_status, 7);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
