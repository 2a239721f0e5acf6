// SPDX-License-Identifier: GPL-2.0-only
// File locks: POSIX ranges (read and write) of a task, an flock of a description that two tasks share, a shared flock,
// and an open-file-description lock. A wrong restore is noticed as a lock that another process can take, that has another
// owner, range or type, or that does not go away with its owner.
#include "fds.h"
#include <sys/file.h>

#define FAR ((1L << 60) + 1) // a double would not tell it from its neighbours

static int posix_fd, flock_fd, shared_fd, ofd_fd;
static char *paths[4];

static struct flock range(int type, off_t start, off_t len)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};
}

// A task without any of our descriptors: what it can take is free.
static void prober(const char *question)
{
    struct flock wanted = range(F_WRLCK, 0, 0);
    if (asked(question, "posix", NULL)) {
        int fd = must(open(paths[0], O_RDWR));
        must(fcntl(fd, F_GETLK, &wanted));
        expect(wanted.l_type == F_WRLCK && wanted.l_pid == getppid() && wanted.l_start == 100 && wanted.l_len == 50,
               "first lock: type %d of %d at %ld+%ld", wanted.l_type, wanted.l_pid, wanted.l_start, wanted.l_len);
        wanted = range(F_RDLCK, 200, 0);
        must(fcntl(fd, F_GETLK, &wanted));
        expect_eq("a read lock beside the read lock", wanted.l_type, F_UNLCK);
        wanted = range(F_WRLCK, 200, 0);
        must(fcntl(fd, F_GETLK, &wanted));
        expect(wanted.l_type == F_RDLCK && wanted.l_start == 300 && wanted.l_len == 0, "second lock: type %d at %ld+%ld",
               wanted.l_type, wanted.l_start, wanted.l_len);
        wanted = range(F_WRLCK, 150, 150);
        must(fcntl(fd, F_GETLK, &wanted));
        expect_eq("the range between", wanted.l_type, F_UNLCK);
        close(fd);
        fd = must(open(paths[1], O_RDWR));
        wanted = range(F_WRLCK, FAR, 10);
        must(fcntl(fd, F_GETLK, &wanted));
        expect(wanted.l_type == F_WRLCK && wanted.l_start == FAR && wanted.l_len == 3, "far lock: type %d at %ld+%ld",
               wanted.l_type, wanted.l_start, wanted.l_len);
        close(fd);
    } else if (asked(question, "flock", NULL)) {
        int fd = must(open(paths[1], O_RDWR));
        expect_errno("flock that is held", flock(fd, LOCK_SH | LOCK_NB), EWOULDBLOCK);
        close(fd);
        fd = must(open(paths[2], O_RDWR));
        expect_errno("exclusive flock beside a shared one", flock(fd, LOCK_EX | LOCK_NB), EWOULDBLOCK);
        expect(!flock(fd, LOCK_SH | LOCK_NB), "shared flock beside a shared one: %s", strerror(errno));
        close(fd);
    } else if (asked(question, "ofd", NULL)) {
        int fd = must(open(paths[3], O_RDWR));
        must(fcntl(fd, F_OFD_GETLK, &wanted));
        expect(wanted.l_type == F_WRLCK && wanted.l_pid == -1 && wanted.l_start == 10 && wanted.l_len == 20,
               "description's lock: type %d of %d at %ld+%ld", wanted.l_type, wanted.l_pid, wanted.l_start, wanted.l_len);
        close(fd);
    } else if (asked(question, "free", NULL)) {
        int fd = must(open(paths[1], O_RDWR));
        expect(!flock(fd, LOCK_EX | LOCK_NB), "flock that was let go: %s", strerror(errno));
        close(fd);
    }
}

static void sharer(const char *question)
{
    if (asked(question, "unlock", NULL)) // the description is shared: so is the lock
        must(flock(flock_fd, LOCK_UN));
    else if (asked(question, "posix", NULL)) {
        struct flock wanted = range(F_WRLCK, 100, 50);
        expect_errno("the parent's lock", fcntl(posix_fd, F_SETLK, &wanted), EAGAIN); // not inherited by fork
    }
}

static void setup(void)
{
    for (int i = 0; i < 4; i++) {
        paths[i] = side_path(".locked-%d", i);
        close(must(open(paths[i], O_RDWR | O_CREAT, 0600)));
    }
    fork_server("prober", prober);
    posix_fd = must(open(paths[0], O_RDWR));
    flock_fd = must(open(paths[1], O_RDWR));
    shared_fd = must(open(paths[2], O_RDONLY));
    ofd_fd = must(open(paths[3], O_RDWR));
    struct flock lock = range(F_WRLCK, 100, 50);
    must(fcntl(posix_fd, F_SETLK, &lock));
    lock = range(F_RDLCK, 300, 0);
    must(fcntl(posix_fd, F_SETLK, &lock));
    lock = range(F_WRLCK, FAR, 3);
    must(fcntl(flock_fd, F_SETLK, &lock));
    must(flock(flock_fd, LOCK_EX));
    must(flock(shared_fd, LOCK_SH));
    lock = range(F_WRLCK, 10, 20);
    must(fcntl(ofd_fd, F_OFD_SETLK, &lock));
    fork_server("sharer", sharer);
}

static void sabotage(void)
{
    must(flock(shared_fd, LOCK_UN));
}

static void check(void)
{
    ask("prober", "posix");
    ask("sharer", "posix");
    ask("prober", "flock");
    ask("prober", "ofd");
    ask("sharer", "unlock");
    ask("prober", "free");
    must(flock(flock_fd, LOCK_EX));
    ask("prober", "flock");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
