// SPDX-License-Identifier: GPL-2.0-only
// Descriptors of many kinds that only an unread message holds: memory, a deleted file, a timer, a lock, both ends of a pipe, an
// epoll with what it watches, a terminal, sockets; and whom one of them signals.
// A wrong restore is noticed as one that has lost what only its holder would have been asked for.
#include "scm.h"
#include <pty.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/timerfd.h>

enum { MEMORY, DELETED, TIMER, LOCKED, READER, WRITER, WATCHER, WATCHED, MASTER, SLAVE, UDP, OWNED, KINDS };

#define A_MESSAGE 6
#define DEADLINE 1000000

static int ends[2], fds[KINDS];
static struct address udp_address;

static void make(void)
{
    fds[MEMORY] = must(memfd_create("in-flight", MFD_ALLOW_SEALING));
    pattern_write(fds[MEMORY], 100000, 1);
    must(fcntl(fds[MEMORY], F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_WRITE));
    fds[DELETED] = must(open(side_path(".deleted"), O_CREAT | O_RDWR, 0600));
    pattern_write(fds[DELETED], 50000, 2);
    must(lseek(fds[DELETED], 10, SEEK_SET));
    must(unlink(side_path(".deleted")));
    fds[TIMER] = must(timerfd_create(CLOCK_MONOTONIC, 0));
    must(timerfd_settime(fds[TIMER], 0, &(struct itimerspec){.it_value = {.tv_sec = DEADLINE}}, NULL));
    fds[LOCKED] = must(open(side_path(".locked"), O_CREAT | O_RDWR, 0600));
    must(flock(fds[LOCKED], LOCK_EX | LOCK_NB));
    must(pipe(&fds[READER]));
    must(write(fds[WRITER], "piped", 5));
    fds[WATCHER] = must(epoll_create1(0));
    fds[WATCHED] = must(eventfd(1, 0));
    must(epoll_ctl(fds[WATCHER], EPOLL_CTL_ADD, fds[WATCHED], &(struct epoll_event){.events = EPOLLIN, .data.u64 = 77}));
    must(openpty(&fds[MASTER], &fds[SLAVE], NULL, NULL, NULL));
    must(write(fds[MASTER], "line\n", 5));
    fds[UDP] = must(socket(AF_INET, SOCK_DGRAM, 0));
    udp_address = loopback(AF_INET, 0);
    must(bind_own_port(fds[UDP], &udp_address));
    must(sendto(fds[UDP], "self", 4, 0, as_sockaddr(&udp_address), udp_address.len));
    fds[OWNED] = must(eventfd(5, 0));
    must(fcntl(fds[OWNED], F_SETOWN, getpid()));
    must(fcntl(fds[OWNED], F_SETSIG, SIGRTMIN + 3));
}

static void send_away(void)
{
    for (int i = 0; i < KINDS; i += A_MESSAGE)
        send_fds(ends[0], "x", &fds[i], A_MESSAGE);
    for (int i = 0; i < KINDS; i++)
        close(fds[i]);
}

static void setup(void)
{
    must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends));
    make();
    send_away();
}

static void sabotage(void)
{
    receive_fds(ends[1], "x", fds, NULL);
    must(flock(fds[LOCKED], LOCK_UN));
    send_fds(ends[0], "x", fds, A_MESSAGE);
}

static void check(void)
{
    static char buffer[100001];
    for (int i = 0; i < KINDS; i += A_MESSAGE)
        expect_eq("descriptors", receive_fds(ends[1], "x", &fds[i], NULL), A_MESSAGE);
    expect_eq("memory", pread(fds[MEMORY], buffer, sizeof(buffer), 0), 100000);
    expect_pattern("memory", buffer, 100000, 1);
    expect_eq("seals", fcntl(fds[MEMORY], F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_WRITE);
    struct stat found = {0};
    expect(!fstat(fds[DELETED], &found) && found.st_nlink == 0, "the deleted file has %d names", (int)found.st_nlink);
    expect_eq("position in the deleted file", lseek(fds[DELETED], 0, SEEK_CUR), 10);
    expect_eq("deleted file", pread(fds[DELETED], buffer, sizeof(buffer), 0), 50000);
    expect_pattern("deleted file", buffer, 50000, 2);
    struct itimerspec left = {0};
    expect(!timerfd_gettime(fds[TIMER], &left) && left.it_value.tv_sec > DEADLINE / 2, "the timer has %ld s left",
           (long)left.it_value.tv_sec);
    int other = open(side_path(".locked"), O_RDWR);
    expect_errno("lock for another", flock(other, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    close(other);
    expect_eq("pipe", read_now(fds[READER], buffer, sizeof(buffer)), 5);
    expect_eq("write to the pipe", write(fds[WRITER], "more", 4), 4);
    expect_eq("what was written", read_now(fds[READER], buffer, sizeof(buffer)), 4);
    struct epoll_event event = {0};
    expect_eq("epoll", epoll_wait(fds[WATCHER], &event, 1, 0), 1);
    expect_eq("epoll's data", event.data.u64, 77);
    uint64_t count = 0;
    expect_eq("eventfd", read(fds[WATCHED], &count, 8), 8);
    expect_eq("epoll without an event", epoll_wait(fds[WATCHER], &event, 1, 0), 0);
    expect_eq("terminal", read_now(fds[SLAVE], buffer, sizeof(buffer)), 5);
    expect_name("UDP socket", fds[UDP], &udp_address);
    expect_eq("in the UDP socket", recv(fds[UDP], buffer, sizeof(buffer), MSG_DONTWAIT), 4);
    expect_eq("owner", fcntl(fds[OWNED], F_GETOWN), getpid());
    expect_eq("owner's signal", fcntl(fds[OWNED], F_GETSIG), SIGRTMIN + 3);
    for (int i = 0; i < KINDS; i++)
        close(fds[i]);
    make();
    send_away();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
