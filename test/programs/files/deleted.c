// SPDX-License-Identifier: GPL-2.0-only
// A deleted file that is still open, twice (one description reads, one appends), and in a child; with an argument of so
// many MiB, sparse in its middle. A wrong restore is noticed as other content, size, mode, owner, position or link count,
// a hole that takes room, or as two descriptors that are no longer one file.
#include "fds.h"

static int reader, writer;
static off_t size = 10000;
static struct fd_state reader_state, writer_state;
static char *path;

static off_t tail(void)
{
    return size - size / 4;
}

// Of access and of change; the latter is long ago, and not at a microsecond.
static const struct timespec times[2] = {{1700000000, 987654321}, {1234567890, 123456789}};

static void handler(const char *question)
{
    const char *rest;
    char byte;
    if (asked(question, "size", &rest)) {
        struct stat st;
        must(fstat(reader, &st));
        expect_eq("size in the child", st.st_size, atol(rest));
        expect(pread(reader, &byte, 1, st.st_size - 1) == 1 && byte == 'e', "the child does not see what was appended");
    }
}

static void setup(void)
{
    if (prog.argc)
        size = atol(prog.argv[0]) << 20;
    path = side_path(".deleted");
    int fd = must(open(path, O_WRONLY | O_CREAT, 0));
    must(fchmod(fd, 04751));
    if (geteuid() == 0) {
        must(fchown(fd, 12, 34)); // clears the set-user-id bit
        must(fchmod(fd, 04751));
    }
    pattern_write(fd, size / 4 / 8 * 8, 31);
    must(lseek(fd, tail(), SEEK_SET));
    pattern_write(fd, size - tail(), 32);
    close(fd);
    reader = must(open(path, O_RDONLY));
    writer = must(open(path, O_RDWR | O_APPEND | O_CLOEXEC));
    must(lseek(reader, 123, SEEK_SET));
    must(unlink(path));
    if (geteuid() == 0)
        must(fchmod(writer, 04751));
    must(futimens(writer, times));
    reader_state = fd_state(reader);
    writer_state = fd_state(writer);
    fork_server("child", handler);
}

static void sabotage(void)
{
    must(ftruncate(writer, size - 1));
}

static void check(void)
{
    struct stat a, b;
    off_t filled = size / 4 / 8 * 8;
    char *hole = calloc(1, 65536);
    expect_fd("reader", reader, &reader_state, false);
    expect_fd("writer", writer, &writer_state, false);
    must(fstat(reader, &a));
    must(fstat(writer, &b));
    expect(a.st_ino == b.st_ino && a.st_dev == b.st_dev, "two files now: inodes %lu and %lu", a.st_ino, b.st_ino);
    expect_eq("link count", a.st_nlink, 0);
    expect(a.st_mtim.tv_sec == times[1].tv_sec && a.st_mtim.tv_nsec == times[1].tv_nsec, "changed at %ld.%09ld",
           a.st_mtim.tv_sec, a.st_mtim.tv_nsec);
    expect_eq("size", a.st_size, size);
    expect_eq("owner", a.st_uid, geteuid() == 0 ? 12 : geteuid());
    expect_eq("group", a.st_gid, geteuid() == 0 ? 34 : getegid());
    if (size > 1 << 20)
        expect(a.st_blocks * 512 < size * 3 / 4, "the hole takes room: %ld KiB of %ld", a.st_blocks / 2, size / 1024);
    expect_file_pattern("begin", reader, 0, filled, 31);
    expect_file_pattern("end", reader, tail(), size - tail(), 32);
    for (off_t at = filled; at < tail() && !prog.failed; at += 65536) {
        size_t want = tail() - at < 65536 ? tail() - at : 65536;
        expect(pread(reader, hole, want, at) == (ssize_t)want && zero_differs(hole, want) < 0, "the hole at %ld is not zero", at);
    }
    free(hole);
    must(write(writer, "appende", 7));
    ask("child", "size %ld", size + 7);
    must(ftruncate(writer, size));
    must(lseek(writer, 0, SEEK_SET));
    must(futimens(writer, times));
    expect_errno("the name", access(path, F_OK), ENOENT);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
