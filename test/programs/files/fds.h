// SPDX-License-Identifier: GPL-2.0-only
// What a descriptor is: number, file, flags, position; whether two of them are one description.
#ifndef STASIS_PROGRAMS_FDS_H
#define STASIS_PROGRAMS_FDS_H

#include "../pattern.h"
#include "../procfs.h"
#include "../tasks.h"

struct fd_state {
    dev_t dev, rdev;
    ino_t ino;
    mode_t mode;
    int status_flags, fd_flags;
    off_t position;
};

static inline struct fd_state fd_state(int fd)
{
    struct fd_state state = {0};
    struct stat st = {0};
    fstat(fd, &st);
    state.dev = st.st_dev;
    state.rdev = st.st_rdev;
    state.ino = st.st_ino;
    state.mode = st.st_mode;
    state.status_flags = fcntl(fd, F_GETFL);
    state.fd_flags = fcntl(fd, F_GETFD);
    state.position = lseek(fd, 0, SEEK_CUR);
    return state;
}

// `same_inode` false: for kinds whose inode cannot stay (pipes, sockets, deleted files).
static inline void expect_fd(const char *what, int fd, const struct fd_state *want, bool same_inode)
{
    struct fd_state is = fd_state(fd);
    expect(is.fd_flags >= 0, "%s: descriptor %d is closed", what, fd);
    expect(is.mode == want->mode && is.rdev == want->rdev, "%s: another kind of file: mode %o, not %o", what, is.mode,
           want->mode);
    if (same_inode)
        expect(is.ino == want->ino && is.dev == want->dev, "%s: inode %lu, not %lu", what, is.ino, want->ino);
    expect(is.status_flags == want->status_flags, "%s: flags %o, not %o", what, is.status_flags, want->status_flags);
    expect(is.fd_flags == want->fd_flags, "%s: descriptor flags %d, not %d", what, is.fd_flags, want->fd_flags);
    expect(is.position == want->position, "%s: position %ld, not %ld", what, is.position, want->position);
}

#define KCMP_FILE 0

// Whether the descriptors of the two tasks are one open file description; -1 where the kernel has no kcmp.
static inline int same_description(pid_t pid_a, int fd_a, pid_t pid_b, int fd_b)
{
    long result = syscall(SYS_kcmp, pid_a, pid_b, KCMP_FILE, fd_a, fd_b);
    return result < 0 ? -1 : result == 0;
}

static inline void set_nonblock(int fd)
{
    must(fcntl(fd, F_SETFL, must(fcntl(fd, F_GETFL)) | O_NONBLOCK));
}

// Reads what is there, without waiting, into `buffer`; the number of bytes (0: nothing or end of file, see errno).
static inline ssize_t read_now(int fd, void *buffer, size_t size)
{
    int flags = fcntl(fd, F_GETFL);
    size_t done = 0;
    ssize_t step;
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    errno = 0;
    while (done < size && (step = read(fd, (char *)buffer + done, size - done)) > 0)
        done += step;
    int error = errno;
    fcntl(fd, F_SETFL, flags);
    errno = error;
    return done;
}

#endif
