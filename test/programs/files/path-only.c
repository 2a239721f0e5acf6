// SPDX-License-Identifier: GPL-2.0-only
// O_PATH descriptors of a file, a directory, a symbolic link itself, a FIFO, a unix socket's name, and two of a memfd.
// A wrong restore is noticed as a descriptor that can be read, another file, or a link that was followed.
#include "fds.h"
#include <sys/socket.h>
#include <sys/un.h>

static struct opened {
    const char *name, *suffix;
    int flags, fd;
    struct fd_state state;
} files[] = {
    {.name = "file", .suffix = ".p-file"},
    {.name = "directory", .suffix = ".p-folder", .flags = O_DIRECTORY | O_CLOEXEC},
    {.name = "symbolic link", .suffix = ".p-link", .flags = O_NOFOLLOW},
    {.name = "fifo", .suffix = ".p-fifo"},
    {.name = "socket", .suffix = ".p-socket"},
};

static int memfd, of_memfd[2];

static void open_memfd(void)
{
    char path[64];
    memfd = must(memfd_create("path-only", 0));
    must(write(memfd, "content", 7));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", memfd);
    for (int i = 0; i < 2; i++)
        of_memfd[i] = must(open(path, O_PATH));
}

static void check_memfd(void)
{
    char text[8] = "", path[64];
    struct fd_state is = fd_state(memfd);
    for (int i = 0; i < 2; i++) {
        struct fd_state same = fd_state(of_memfd[i]);
        expect(same.ino == is.ino && same.dev == is.dev, "another memfd behind an O_PATH descriptor");
        expect(same.status_flags & O_PATH, "flags of an O_PATH descriptor of a memfd: %o", same.status_flags);
        expect_errno("read of an O_PATH descriptor of a memfd", read(of_memfd[i], text, 1), EBADF);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", of_memfd[i]);
        int fd = open(path, O_RDWR);
        expect(fd >= 0 && pread(fd, text, 7, 0) == 7 && !memcmp(text, "content", 7), "the memfd cannot be opened from there");
        close(fd);
    }
    expect(same_description(getpid(), of_memfd[0], getpid(), of_memfd[1]) != 1, "the two of the memfd are one");
}

static void setup(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = must(creat(side_path(".p-file"), 0600));
    must(write(fd, "content", 7));
    close(fd);
    must(mkdir(side_path(".p-folder"), 0700));
    close(must(creat(side_path(".p-folder/inside"), 0600)));
    must(symlink("the target", side_path(".p-link")));
    must(mkfifo(side_path(".p-fifo"), 0600));
    fd = must(socket(AF_UNIX, SOCK_DGRAM, 0));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", side_path(".p-socket"));
    must(bind(fd, (struct sockaddr *)&address, sizeof(address)));
    close(fd);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        files[i].fd = must(open(side_path("%s", files[i].suffix), O_PATH | files[i].flags));
        files[i].state = fd_state(files[i].fd);
    }
    open_memfd();
}

static void sabotage(void)
{
    int fd = must(open(side_path(".p-file"), O_RDONLY));
    must(dup2(fd, files[0].fd));
    close(fd);
}

static void check(void)
{
    char text[64] = "", path[64];
    struct stat st;
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        expect_fd(files[i].name, files[i].fd, &files[i].state, true);
        expect_errno("read of an O_PATH descriptor", read(files[i].fd, text, 1), EBADF);
    }
    expect(readlinkat(files[2].fd, "", text, sizeof(text) - 1) > 0, "readlinkat: %s", strerror(errno));
    expect_str("target of the link", text, "the target");
    expect(!fstatat(files[1].fd, "inside", &st, 0), "a name below the directory: %s", strerror(errno));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", files[0].fd);
    int fd = open(path, O_RDONLY);
    expect(fd >= 0 && read(fd, text, 7) == 7 && !memcmp(text, "content", 7), "the file cannot be opened from its descriptor");
    close(fd);
    check_memfd();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
