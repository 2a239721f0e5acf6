// SPDX-License-Identifier: GPL-2.0-only
// Files, pipes and sockets as many.c makes them by the thousand. What each holds follows from its number.
#ifndef STASIS_PROGRAMS_MANY_FILES_H
#define STASIS_PROGRAMS_MANY_FILES_H

#include "../sockets/sockets.h"

static int total; // of the kind
// Of the one that is being made or checked: what the kernel chose.
static uint64_t *saved;
static struct address *name;

static char quick_folder[] = "/dev/shm/stasis-many-XXXXXX";

// On tmpfs, where thousands of names cost next to nothing; many.c makes the folder and removes it.
__attribute__((format(printf, 1, 2))) static inline const char *quick_path(const char *format, ...)
{
    static char path[PATH_MAX];
    va_list args;
    int len = snprintf(path, sizeof(path), "%s/", quick_folder);
    va_start(args, format);
    vsnprintf(path + len, sizeof(path) - len, format, args);
    va_end(args);
    return path;
}

static inline void put_word(int fd, int i)
{
    uint64_t word = mix(i);
    expect(write(fd, &word, 8) == 8, "object %d takes no 8 bytes: %s", i, strerror(errno));
}

static inline void expect_word(const char *what, int i, int fd)
{
    uint64_t word = 0;
    ssize_t len = read_now(fd, &word, 8);
    expect(len == 8 && word == mix(i), "%s %d: %zd bytes, %lx, not %lx", what, i, len, word, mix(i));
}

static inline void expect_content(const char *what, int i, int fd, off_t at)
{
    uint64_t word = 0;
    ssize_t len = pread(fd, &word, 8, at);
    expect(len == 8 && word == mix(i), "%s %d: %zd bytes, %lx, not %lx", what, i, len, word, mix(i));
}

// One file, opened as often, at a position of its own each time; every second one appends.
static inline void make_regular(int i, int fds[2])
{
    const char *path = quick_path("regular");
    if (i == 0) {
        int all = must(open(path, O_WRONLY | O_CREAT, 0600));
        for (int each = 0; each < total; each++)
            put_word(all, each);
        close(all);
    }
    fds[0] = must(open(path, O_RDWR | (i % 2 ? O_APPEND : 0)));
    must(lseek(fds[0], i * 8 + 3, SEEK_SET));
}

static inline void check_regular(int i, const int fds[2])
{
    expect_content("regular file", i, fds[0], i * 8);
    expect_eq("position of a regular file", lseek(fds[0], 0, SEEK_CUR), i * 8 + 3);
    expect_eq("O_APPEND of a regular file", fcntl(fds[0], F_GETFL) & O_APPEND, i % 2 ? O_APPEND : 0);
}

static inline void make_directory(int i, int fds[2])
{
    const char *path = quick_path("folder-%d", i);
    must(mkdir(path, 0700));
    fds[0] = must(open(path, O_RDONLY | O_DIRECTORY));
    *saved = fd_state(fds[0]).ino;
}

static inline void check_directory(int i, const int fds[2])
{
    struct fd_state is = fd_state(fds[0]);
    expect(S_ISDIR(is.mode) && is.ino == *saved, "directory %d: inode %lu, not %lu", i, is.ino, *saved);
}

static inline void make_deleted(int i, int fds[2])
{
    const char *path = quick_path("deleted-%d", i);
    fds[0] = must(open(path, O_RDWR | O_CREAT, 0600));
    must(unlink(path));
    put_word(fds[0], i);
}

static inline void check_deleted(int i, const int fds[2])
{
    struct stat st = {0};
    fstat(fds[0], &st);
    expect(S_ISREG(st.st_mode) && st.st_nlink == 0, "deleted file %d: mode %o, %lu links", i, st.st_mode,
           (unsigned long)st.st_nlink);
    expect_content("deleted file", i, fds[0], 0);
}

// All of one name, each deleted and replaced by the next; the last by one that stays.
static inline void make_replaced(int i, int fds[2])
{
    const char *path = quick_path("replaced");
    unlink(path);
    fds[0] = must(open(path, O_RDWR | O_CREAT | O_EXCL, 0600));
    put_word(fds[0], i);
    must(unlink(path));
    close(must(open(path, O_RDWR | O_CREAT | O_EXCL, 0600)));
}

static inline void check_replaced(int i, const int fds[2])
{
    char link[PATH_MAX], path[64], want[PATH_MAX];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
    snprintf(want, sizeof(want), "%s (deleted)", quick_path("replaced"));
    ssize_t len = readlink(path, link, sizeof(link) - 1);
    link[len < 0 ? 0 : len] = 0;
    // Without the right to mount it has another name.
    expect(geteuid() != 0 || strcmp(link, want) == 0, "replaced file %d is %s, not %s", i, link, want);
    check_deleted(i, fds);
}

static inline void make_memfd(int i, int fds[2])
{
    char text[32];
    snprintf(text, sizeof(text), "many %d", i);
    fds[0] = must(memfd_create(text, 0));
    put_word(fds[0], i);
}

static inline void check_memfd(int i, const int fds[2])
{
    char link[64], path[64], want[64];
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
    snprintf(want, sizeof(want), "/memfd:many %d (deleted)", i);
    ssize_t len = readlink(path, link, sizeof(link) - 1);
    link[len < 0 ? 0 : len] = 0;
    expect_str("name of a memfd", link, want);
    expect_content("memfd", i, fds[0], 0);
}

static inline void make_fifo(int i, int fds[2])
{
    const char *path = quick_path("fifo-%d", i);
    must(mkfifo(path, 0600));
    fds[0] = must(open(path, O_RDWR));
    put_word(fds[0], i);
}

static inline void check_fifo(int i, const int fds[2])
{
    expect_word("FIFO", i, fds[0]);
    put_word(fds[0], i);
}

static inline void make_pipe(int i, int fds[2])
{
    must(pipe(fds));
    put_word(fds[1], i);
}

static inline void make_pair(int i, int fds[2], int type)
{
    must(socketpair(AF_UNIX, type, 0, fds));
    put_word(fds[1], i);
}

static inline void make_stream(int i, int fds[2])
{
    make_pair(i, fds, SOCK_STREAM);
}

static inline void make_dgram(int i, int fds[2])
{
    make_pair(i, fds, SOCK_DGRAM);
}

static inline void make_seqpacket(int i, int fds[2])
{
    make_pair(i, fds, SOCK_SEQPACKET);
}

// A word waits at the first; one goes the other way, too.
static inline void check_pair(int i, const int fds[2])
{
    expect_word("pipe or pair", i, fds[0]);
    put_word(fds[1], i);
}

// A loopback address of the process's own for each two hundred, so that no port is asked for that another program may have:
// two UDP sockets with SO_REUSEADDR would both get it, and one of them the datagrams.
static inline int bound(int i, int type)
{
    int fd = must(socket(AF_INET, type, 0));
    struct address a = loopback(AF_INET, 0);
    ((struct sockaddr_in *)&a.storage)->sin_addr.s_addr = htonl(0x7f000000 | (getpid() & 0xffff) << 8 | (100 + i / 200));
    must(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)));
    must(bind_own_port(fd, &a));
    *name = a;
    return fd;
}

static inline void make_tcp(int i, int fds[2])
{
    fds[0] = bound(i, SOCK_STREAM);
    must(listen(fds[0], 1 + i % 100));
}

// Of every tenth it is tried out; the connection is reset, which leaves nothing behind.
static inline void check_tcp(int i, const int fds[2])
{
    expect_name("name of a listener", fds[0], name);
    expect_eq("listener listens", get_option(fds[0], SOL_SOCKET, SO_ACCEPTCONN), 1);
    if (i % 10)
        return;
    struct linger reset = {.l_onoff = 1};
    int caller = must(socket(AF_INET, SOCK_STREAM, 0)), answer = -1;
    expect(!connect(caller, as_sockaddr(name), name->len) && (answer = accept(fds[0], NULL, NULL)) >= 0,
           "listener %d: %s", i, strerror(errno));
    setsockopt(caller, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    close(caller);
    if (answer >= 0)
        close(answer);
}

static inline void make_udp(int i, int fds[2])
{
    uint64_t word = mix(i);
    fds[0] = bound(i, SOCK_DGRAM);
    must(sendto(fds[0], &word, 8, 0, as_sockaddr(name), name->len));
}

static inline void check_udp(int i, const int fds[2])
{
    uint64_t word = mix(i);
    expect_name("name of a UDP socket", fds[0], name);
    expect_word("UDP socket", i, fds[0]);
    expect(sendto(fds[0], &word, 8, 0, as_sockaddr(name), name->len) == 8, "UDP socket %d: %s", i, strerror(errno));
}

#endif
