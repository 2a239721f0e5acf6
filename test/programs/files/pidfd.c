// SPDX-License-Identifier: GPL-2.0-only
// pidfds: of a child that lives (as many as the argument says), of one that is a zombie, and a nonblocking one of itself; an
// epoll that watches the first two.
// A wrong restore is noticed as a handle of another process, of none, or one whose end is not told (poll, waitid).
#include "fds.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

enum { MOST = 20000 };
static int handles[MOST], count = 1, ended, own, watch;
static pid_t child, zombie;

static int pidfd_open_(pid_t pid, unsigned flags)
{
    return (int)must(syscall(SYS_pidfd_open, pid, flags));
}

static bool readable(int fd)
{
    struct pollfd end = {.fd = fd, .events = POLLIN};
    return must(poll(&end, 1, 0)) > 0;
}

static void handler(const char *question)
{
    (void)question;
}

static void setup(void)
{
    struct rlimit limit;
    if (prog.argc)
        count = atoi(prog.argv[0]);
    if (count < 1 || count > MOST)
        die("%d pidfds", count);
    must(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = limit.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &limit));
    child = fork_server("child", handler);
    for (int i = 0; i < count; i++)
        handles[i] = pidfd_open_(child, 0);
    zombie = must(fork());
    if (zombie == 0)
        _exit(7);
    ended = pidfd_open_(zombie, 0);
    siginfo_t info = {0};
    must(waitid(P_PID, zombie, &info, WEXITED | WNOWAIT));
    own = pidfd_open_(getpid(), O_NONBLOCK);
    must(fcntl(own, F_SETFD, 0));
    watch = must(epoll_create1(0));
    must(epoll_ctl(watch, EPOLL_CTL_ADD, handles[0], &(struct epoll_event){.events = EPOLLIN, .data.u64 = 1}));
    must(epoll_ctl(watch, EPOLL_CTL_ADD, ended, &(struct epoll_event){.events = EPOLLIN, .data.u64 = 1ULL << 63}));
}

static void sabotage(void)
{
    must(dup3(own, handles[count - 1], O_CLOEXEC));
}

static void check(void)
{
    for (int i = 0; i < count; i++) {
        expect_eq("process of a handle", fdinfo_number(handles[i], "Pid", 10), child);
        expect_eq("signal 0 by a handle", syscall(SYS_pidfd_send_signal, handles[i], 0, NULL, 0), 0);
        expect(!readable(handles[i]), "the child has not ended");
    }
    struct epoll_event events[4];
    expect_eq("events of the epoll", epoll_wait(watch, events, 4, 0), 1);
    expect_eq("data of the event", (long)events[0].data.u64, (long)(1ULL << 63));
    expect_errno("watch the first again", epoll_ctl(watch, EPOLL_CTL_ADD, handles[0], &events[0]), EEXIST);
    siginfo_t info = {0};
    expect(readable(ended), "the end of the zombie shows");
    expect_eq("wait for the zombie", waitid(P_PIDFD, (id_t)ended, &info, WEXITED | WNOWAIT | WNOHANG), 0);
    expect_eq("pid of the zombie", info.si_pid, zombie);
    expect_eq("exit code of the zombie", info.si_status, 7);
    expect_eq("own process", fdinfo_number(own, "Pid", 10), getpid());
    expect_eq("flags of the own", fcntl(own, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    expect_eq("close-on-exec of the own", fcntl(own, F_GETFD), 0);
    expect_eq("close-on-exec of a handle", fcntl(handles[0], F_GETFD), FD_CLOEXEC);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
