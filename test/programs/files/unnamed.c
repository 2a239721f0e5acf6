// SPDX-License-Identifier: GPL-2.0-only
// Files that never had a name (O_TMPFILE): one that may still get it, open a second time to be read; one that only such a
// second description holds; one that may not (O_EXCL); each with content, an owner and a mode.
// A wrong restore is noticed as linkat(2) that fails, or does not, as other flags, or as another file.
#include "fds.h"

enum { OPEN, AGAIN, EXCLUSIVE, FILES };

static int fds[FILES], reader, child_fd;
static int flags[FILES];

static char *own(int fd)
{
    char *path;
    if (asprintf(&path, "/proc/self/fd/%d", fd) < 0)
        die("out of memory");
    return path;
}

static int make(const char *folder, int more)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_APPEND | more, 0640);
    if (fd < 0)
        skip("no O_TMPFILE on the file system of %s: %s", folder, strerror(errno));
    must(write(fd, "content", 7));
    must(fchmod(fd, 0751));
    return fd;
}

static char *folder_of(char *path)
{
    *strrchr(path, '/') = 0;
    return path;
}

static void make_all(void)
{
    char *folder = folder_of(side_path("."));
    fds[OPEN] = make(folder, O_NONBLOCK);
    reader = must(open(own(fds[OPEN]), O_RDONLY));
    int maker = make(folder, 0);
    fds[AGAIN] = must(open(own(maker), O_RDWR));
    close(maker);
    fds[EXCLUSIVE] = make(folder, O_EXCL);
    child_fd = must(dup(fds[OPEN]));
    for (int i = 0; i < FILES; i++)
        flags[i] = must(fcntl(fds[i], F_GETFL));
}

static void setup(void)
{
    make_all();
}

static void sabotage(void)
{
    char *path = side_path(".taken");
    must(linkat(AT_FDCWD, own(fds[OPEN]), AT_FDCWD, path, AT_SYMLINK_FOLLOW));
    must(unlink(path)); // a name it had and lost is the last one
}

static void expect_linked(int which)
{
    char *path = side_path(".named-%d", which);
    struct stat held, there;
    char content[16] = "";
    expect(!linkat(AT_FDCWD, own(fds[which]), AT_FDCWD, path, AT_SYMLINK_FOLLOW), "linkat of file %d: %s", which, strerror(errno));
    must(fstat(fds[which], &held));
    expect(!stat(path, &there) && there.st_ino == held.st_ino, "its name leads to another file than %d", which);
    int fd = open(path, O_RDONLY);
    expect(fd >= 0 && read(fd, content, sizeof(content) - 1) == 7, "content of file %d", which);
    expect_str("content", content, "content");
    close(fd);
    unlink(path);
    free(path);
}

static void check(void)
{
    struct stat a, b;
    for (int i = 0; i < FILES; i++) {
        expect_eq("flags", fcntl(fds[i], F_GETFL), flags[i]);
        must(fstat(fds[i], &a));
        expect(a.st_nlink == 0 && (a.st_mode & 07777) == 0751 && a.st_size == 7, "file %d: links %lu, mode %o, %ld bytes", i,
               (unsigned long)a.st_nlink, a.st_mode, a.st_size);
    }
    must(fstat(fds[OPEN], &a));
    must(fstat(reader, &b));
    expect(a.st_ino == b.st_ino, "the reader's is another file");
    must(lseek(fds[OPEN], 3, SEEK_SET));
    expect_eq("position of the duplicate", lseek(child_fd, 0, SEEK_CUR), 3);
    expect_linked(OPEN);
    expect_linked(AGAIN);
    expect_errno("linkat of what may not", linkat(AT_FDCWD, own(fds[EXCLUSIVE]), AT_FDCWD, side_path(".not"), AT_SYMLINK_FOLLOW), ENOENT);
    for (int i = 0; i < FILES; i++)
        close(fds[i]);
    close(reader);
    close(child_fd);
    make_all();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
