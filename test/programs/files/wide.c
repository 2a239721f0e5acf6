// SPDX-License-Identifier: GPL-2.0-only
// Numbers of descriptors beyond 2^53, odd ones: a count, the data of a watch, a size, a position, a lock, the offset of a mapping, expirations, time limits.
// Files of such a size are sparse, on a tmpfs. A wrong restore is noticed as another number, be it off by one, or as bytes that are elsewhere in the file.
#include "fds.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#define BEYOND ((1L << 53) + 1)
#define FAR ((1L << 62) + 4195)
#define FAR_PAGE ((1L << 62) + 4096)
#define VSYSCALL 0xffffffffff600001UL
#define TICKS ((1UL << 63) + 1)
#ifndef TFD_IOC_SET_TICKS
#define TFD_IOC_SET_TICKS _IOW('T', 0, uint64_t)
#endif

static const uint64_t counts[] = {UINT64_MAX - 1, BEYOND, 1UL << 63};
static const uint64_t marks[] = {UINT64_MAX, (1UL << 63) + 1, BEYOND};
static int counters[3], watch, memory, deleted, named, own, pair[2];
static int ticking = -1; // where the kernel lets expirations be set
static struct timeval limits[2] = {{BEYOND, 0}, {(1L << 54) + 3, 0}};
static char *page;

static void put(int fd, off_t at, char byte)
{
    expect(pwrite(fd, &byte, 1, at) == 1, "byte at %ld: %s", at, strerror(errno));
}

static void expect_byte(const char *what, int fd, off_t at, char want)
{
    char is = 0;
    expect(pread(fd, &is, 1, at) == 1 && is == want, "%s at %ld: '%c', not '%c'", what, at, is, want);
}

static int sparse(int fd)
{
    must(ftruncate(fd, FAR));
    put(fd, BEYOND, 'b');
    put(fd, FAR_PAGE, 'f');
    must(lseek(fd, FAR - 2, SEEK_SET));
    return fd;
}

static int on_tmpfs(const char *name)
{
    unlink(name); // of one that was killed
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        die("%s: %s", name, strerror(errno));
    return sparse(fd);
}

static const char *path_of(const char *name)
{
    static char path[64];
    struct stat report; // there is one of this number, whichever PID namespaces there are
    must(fstat(prog.report_fd, &report));
    snprintf(path, sizeof(path), "/dev/shm/stasis-wide-%lu-%s", report.st_ino, name);
    return path;
}

static void lock(void)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = BEYOND, .l_len = FAR};
    must(fcntl(named, F_OFD_SETLK, &range));
}

static void fill(void)
{
    for (int i = 0; i < 3; i++)
        must(eventfd_write(counters[i], counts[i]));
}

static void tick(void)
{
    struct itimerspec hour = {{3600, 0}, {3600, 0}};
    uint64_t ticks = TICKS;
    int fd = must(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK));
    must(timerfd_settime(fd, 0, &hour, NULL));
    if (ioctl(fd, TFD_IOC_SET_TICKS, &ticks))
        close(fd); // without CONFIG_CHECKPOINT_RESTORE
    else
        ticking = fd;
}

static void setup(void)
{
    watch = must(epoll_create1(0));
    for (int i = 0; i < 3; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = marks[i]};
        counters[i] = must(eventfd(0, EFD_NONBLOCK));
        must(epoll_ctl(watch, EPOLL_CTL_ADD, counters[i], &event));
    }
    fill();
    memory = sparse(must(memfd_create("sparse", 0)));
    page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, memory, FAR_PAGE);
    if (page == MAP_FAILED)
        die("cannot map so far into a file: %s", strerror(errno));
    named = on_tmpfs(path_of("named"));
    lock();
    deleted = on_tmpfs(path_of("gone"));
    must(unlink(path_of("gone")));
    own = must(open("/proc/self/mem", O_RDONLY));
    errno = 0;
    lseek(own, (off_t)VSYSCALL, SEEK_SET);
    expect(!errno, "position in memory: %s", strerror(errno));
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    must(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limits[0], sizeof(limits[0])));
    must(setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &limits[1], sizeof(limits[1])));
    tick();
}

static void sabotage(void)
{
    must(ftruncate(memory, FAR - 1));
}

static void expect_sparse(const char *what, int fd)
{
    struct stat st;
    must(fstat(fd, &st));
    expect_eq(what, st.st_size, FAR);
    expect_eq(what, lseek(fd, 0, SEEK_CUR), FAR - 2);
    expect_byte(what, fd, BEYOND, 'b');
    expect_byte(what, fd, BEYOND - 1, 0);
    expect_byte(what, fd, FAR_PAGE, 'f');
    expect(st.st_blocks < 1000, "%s: it has %ld blocks, and was nearly all holes", what, (long)st.st_blocks);
}

static void expect_marks(void)
{
    struct epoll_event events[4];
    expect_eq("events", epoll_wait(watch, events, 4, 0), 3);
    for (int i = 0; i < 3; i++) {
        bool found = false;
        for (int j = 0; j < 3; j++)
            found |= events[j].data.u64 == marks[i];
        expect(found, "nothing is told with the data %lu", marks[i]);
    }
}

static void expect_limit(int option, const struct timeval *want)
{
    struct timeval is;
    socklen_t length = sizeof(is);
    must(getsockopt(pair[0], SOL_SOCKET, option, &is, &length));
    expect(is.tv_sec == want->tv_sec && is.tv_usec == 0, "time limit: %ld.%06ld s, not %ld", is.tv_sec, is.tv_usec, want->tv_sec);
}

static void expect_lock(void)
{
    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
    int other = must(open(path_of("named"), O_RDWR | O_CLOEXEC));
    must(fcntl(other, F_OFD_GETLK, &range));
    expect(range.l_type == F_WRLCK && range.l_start == BEYOND && range.l_len == FAR, "lock: type %d from %ld, %ld bytes",
           range.l_type, range.l_start, range.l_len);
    close(other);
}

static void check(void)
{
    uint64_t value = 0;
    expect_marks();
    for (int i = 0; i < 3; i++)
        expect(!eventfd_read(counters[i], &value) && value == counts[i], "count %lu, not %lu", value, counts[i]);
    fill();
    expect_sparse("memfd", memory);
    expect_sparse("named file", named);
    expect_sparse("deleted file", deleted);
    expect(page[0] == 'f', "mapping: '%c'", page[0]);
    expect_lock();
    expect_eq("position in memory", syscall(SYS_lseek, own, 0, SEEK_CUR), (long)VSYSCALL);
    expect_limit(SO_RCVTIMEO, &limits[0]);
    expect_limit(SO_SNDTIMEO, &limits[1]);
    if (ticking < 0)
        return;
    expect(read(ticking, &value, sizeof(value)) == sizeof(value) && value == TICKS, "expirations: %lu", value);
    value = TICKS;
    must(ioctl(ticking, TFD_IOC_SET_TICKS, &value));
}

static void teardown(void)
{
    unlink(path_of("named"));
}

int main(int argc, char **argv)
{
    return program_run(argc, argv,
                       (struct steps){.setup = setup, .check = check, .sabotage = sabotage, .teardown = teardown});
}
