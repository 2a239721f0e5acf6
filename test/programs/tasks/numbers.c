// SPDX-License-Identifier: GPL-2.0-only
// Every way in which a task is named by a number, asked by system calls alone, so that it can be told in a PID namespace whose
// /proc is nowhere mounted: children, a zombie, a stopped one, a group and a session whose leaders are gone, owners of a
// descriptor (a thread, a process group), whoever a message and a lock are of, the thread that a timer notifies, a pidfd.
// A wrong restore is noticed as another number, or as an errno.
#include "../tasks.h"
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static struct {
    pid_t self, tid, leader, grouped, zombie, stopped, left_group, left_session, dead_group, dead_session;
    int by_thread, by_group, messages[2], lock, handle;
    timer_t timer;
} all;

static void *sleeper(void *arg)
{
    all.tid = gettid();
    __atomic_store_n((int *)arg, 1, __ATOMIC_SEQ_CST);
    for (;;)
        pause();
    return NULL;
}

// A child that stays, with a parent of its own that leads a group or a session and ends: it is ours as we are a subreaper.
static pid_t left_by(bool session, pid_t *dead)
{
    int told[2];
    pid_t child;
    must(pipe(told));
    *dead = must(fork());
    if (*dead == 0) {
        if (session)
            setsid();
        else
            setpgid(0, 0);
        pid_t orphan = fork();
        if (orphan == 0) {
            close(told[0]);
            close(told[1]);
            for (;;)
                pause();
        }
        _exit(write(told[1], &orphan, sizeof(orphan)) != sizeof(orphan));
    }
    must(waitpid(*dead, NULL, 0));
    if (read(told[0], &child, sizeof(child)) != sizeof(child))
        die("no orphan");
    close(told[0]);
    close(told[1]);
    return prog.children[prog.child_count++] = child;
}

static pid_t child_that(void (*does)(void))
{
    pid_t pid = must(fork());
    if (pid == 0) {
        does();
        for (;;)
            pause();
    }
    return prog.children[prog.child_count++] = pid;
}

static void leads_session(void)
{
    setsid();
}

static void stops(void)
{
    raise(SIGSTOP);
}

static void locks_and_tells(void)
{
    char payload = 'm', space[CMSG_SPACE(sizeof(struct ucred))] = {0};
    struct iovec iov = {&payload, 1};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space)};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    struct ucred own = {getpid(), getuid(), getgid()};
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 3, .l_len = 4};
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_CREDENTIALS;
    head->cmsg_len = CMSG_LEN(sizeof(own));
    memcpy(CMSG_DATA(head), &own, sizeof(own));
    setpgid(0, 0);
    if (fcntl(all.lock, F_SETLK, &lock) || sendmsg(all.messages[1], &message, 0) != 1)
        _exit(1);
}

static int owned_by(enum __pid_type type, pid_t pid)
{
    struct f_owner_ex owner = {type, pid};
    int ends[2];
    must(pipe(ends));
    must(fcntl(ends[0], F_SETOWN_EX, &owner));
    return ends[0];
}

static void setup(void)
{
    static int begun;
    pthread_t thread;
    int on = 1;
    siginfo_t info;

    all.self = getpid();
    must(prctl(PR_SET_CHILD_SUBREAPER, 1));
    must_zero(pthread_create(&thread, NULL, sleeper, &begun));
    if (!wait_for(__atomic_load_n(&begun, __ATOMIC_SEQ_CST), 5000))
        die("no thread");
    must(socketpair(AF_UNIX, SOCK_DGRAM, 0, all.messages));
    must(setsockopt(all.messages[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
    all.lock = must(open(side_path(".locked"), O_RDWR | O_CREAT, 0600));
    all.left_group = left_by(false, &all.dead_group);
    all.left_session = left_by(true, &all.dead_session);
    all.leader = child_that(leads_session);
    all.grouped = child_that(locks_and_tells);
    all.stopped = child_that(stops);
    must(waitid(P_PID, all.stopped, &info, WSTOPPED | WNOWAIT));
    all.zombie = must(fork());
    if (all.zombie == 0)
        _exit(42);
    must(waitid(P_PID, all.zombie, &info, WEXITED | WNOWAIT));
    if (!wait_for(getpgid(all.grouped) == all.grouped && getsid(all.leader) == all.leader, 5000))
        die("the children do not lead");
    if (!wait_for(ioctl(all.messages[0], FIONREAD, &on) == 0 && on > 0, 5000))
        die("no message");
    all.by_thread = owned_by(F_OWNER_TID, all.tid);
    all.by_group = owned_by(F_OWNER_PGRP, all.grouped);
    all.handle = must(syscall(SYS_pidfd_open, all.leader, 0));
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR2};
    event._sigev_un._tid = all.tid;
    signal(SIGUSR2, SIG_IGN);
    must(timer_create(CLOCK_MONOTONIC, &event, &all.timer));
}

static void sabotage(void)
{
    struct f_owner_ex owner = {F_OWNER_TID, all.self};
    must(fcntl(all.by_thread, F_SETOWN_EX, &owner));
}

static void check_owner(const char *what, int fd, enum __pid_type type, pid_t pid)
{
    struct f_owner_ex owner = {F_OWNER_PID, -1};
    expect(!fcntl(fd, F_GETOWN_EX, &owner), "%s: F_GETOWN_EX: %s", what, strerror(errno));
    expect(owner.type == type && owner.pid == pid, "%s: owner %d of type %d, not %d of %d", what, owner.pid, owner.type, pid, type);
}

static void check_message(void)
{
    char payload = 0, space[CMSG_SPACE(sizeof(struct ucred))] = {0};
    struct iovec iov = {&payload, 1};
    struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space)};
    struct ucred sender = {0};
    // Looked at only: the next restore must bring it, too.
    expect(recvmsg(all.messages[0], &message, MSG_PEEK | MSG_DONTWAIT) == 1 && payload == 'm', "the message: %s", strerror(errno));
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (head && head->cmsg_type == SCM_CREDENTIALS)
        memcpy(&sender, CMSG_DATA(head), sizeof(sender));
    expect_eq("sender of the message", sender.pid, all.grouped);
}

static void check(void)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
    siginfo_t info = {0};

    expect_eq("own pid", getpid(), all.self);
    expect_eq("thread", syscall(SYS_tgkill, all.self, all.tid, 0), 0);
    expect_eq("session of the leader", getsid(all.leader), all.leader);
    expect_eq("group of the group's leader", getpgid(all.grouped), all.grouped);
    expect_eq("its session", getsid(all.grouped), getsid(0));
    expect_eq("group without a leader", getpgid(all.left_group), all.dead_group);
    expect_eq("session without a leader", getsid(all.left_session), all.dead_session);
    expect_eq("a signal to that group", kill(-all.dead_group, 0), 0);
    expect(!waitid(P_PID, all.zombie, &info, WEXITED | WNOWAIT | WNOHANG), "zombie: %s", strerror(errno));
    expect(info.si_pid == all.zombie && info.si_status == 42, "zombie: pid %d status %d", info.si_pid, info.si_status);
    memset(&info, 0, sizeof(info));
    expect(!waitid(P_PID, all.stopped, &info, WSTOPPED | WNOWAIT | WNOHANG), "stopped: %s", strerror(errno));
    expect(info.si_pid == all.stopped && info.si_status == SIGSTOP, "stopped: pid %d status %d", info.si_pid, info.si_status);
    check_owner("descriptor of a thread", all.by_thread, F_OWNER_TID, all.tid);
    check_owner("descriptor of a group", all.by_group, F_OWNER_PGRP, all.grouped);
    expect(!fcntl(all.lock, F_GETLK, &lock), "F_GETLK: %s", strerror(errno));
    expect_eq("holder of the lock", lock.l_type == F_UNLCK ? 0 : lock.l_pid, all.grouped);
    check_message();
    expect(!syscall(SYS_pidfd_send_signal, all.handle, 0, NULL, 0), "pidfd: %s", strerror(errno));
    memset(&info, 0, sizeof(info));
    expect(!waitid(P_PIDFD, all.handle, &info, WEXITED | WNOHANG), "pidfd: waitid: %s", strerror(errno));
    // A thread that is not there any more would be refused.
    struct itimerspec soon = {.it_value = {.tv_nsec = 1000000}};
    expect(!timer_settime(all.timer, 0, &soon, NULL), "timer: %s", strerror(errno));
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
