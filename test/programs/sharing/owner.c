// SPDX-License-Identifier: GPL-2.0-only
// Who gets a signal when a descriptor becomes ready: F_SETOWN (a process, a group), F_SETOWN_EX (a thread), F_SETSIG,
// O_ASYNC. A wrong restore is noticed as another owner or signal, or as a signal that does not come, or to another thread.
#include "../files/fds.h"
#include "../threads.h"
#include <sys/socket.h>

static int process_pipe[2], group_pair[2], thread_pair[2];
static struct worker worker;
static volatile sig_atomic_t band_fd, runs;
static volatile pid_t runner;

static void on_ready(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    band_fd = info->si_fd;
    runner = syscall(SYS_gettid);
    runs++;
}

static void no_command(struct worker *w)
{
    (void)w;
}

static void own(int fd, int type, pid_t pid, int signal)
{
    struct f_owner_ex owner = {type, pid};
    must(fcntl(fd, F_SETOWN_EX, &owner));
    must(fcntl(fd, F_SETSIG, signal));
    must(fcntl(fd, F_SETFL, must(fcntl(fd, F_GETFL)) | O_ASYNC | O_NONBLOCK));
}

static void setup(void)
{
    struct sigaction action = {.sa_sigaction = on_ready, .sa_flags = SA_SIGINFO | SA_RESTART};
    must(sigaction(40, &action, NULL));
    must(sigaction(41, &action, NULL));
    worker = (struct worker){.run = no_command};
    worker_create(&worker, 0);
    must(pipe(process_pipe));
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, group_pair));
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, thread_pair));
    own(process_pipe[0], F_OWNER_PID, getpid(), 40);
    own(group_pair[0], F_OWNER_PGRP, getpgrp(), 41);
    own(thread_pair[0], F_OWNER_TID, worker.tid, 40);
}

static void sabotage(void)
{
    must(fcntl(process_pipe[0], F_SETSIG, 41));
}

static void verify(const char *what, int fd, int other_end, int type, pid_t pid, int signal, pid_t thread)
{
    struct f_owner_ex owner = {0};
    char byte;
    must(fcntl(fd, F_GETOWN_EX, &owner));
    expect((int)owner.type == type && owner.pid == pid, "%s: owner %d of type %d, not %d of type %d", what, owner.pid, owner.type,
           pid, type);
    expect_eq(what, fcntl(fd, F_GETSIG), signal);
    expect(fcntl(fd, F_GETFL) & O_ASYNC, "%s: O_ASYNC is gone", what);
    int before = runs;
    must(write(other_end, "!", 1));
    expect(wait_for(runs > before, 3000), "%s: no signal comes", what);
    expect_eq(what, band_fd, fd);
    if (thread)
        expect_eq("thread that ran the handler", runner, thread);
    expect_eq(what, read(fd, &byte, 1), 1);
}

static void check(void)
{
    verify("owned by the process", process_pipe[0], process_pipe[1], F_OWNER_PID, getpid(), 40, 0);
    verify("owned by the group", group_pair[0], group_pair[1], F_OWNER_PGRP, getpgrp(), 41, 0);
    verify("owned by the thread", thread_pair[0], thread_pair[1], F_OWNER_TID, worker.tid, 40, worker.tid);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
