// SPDX-License-Identifier: GPL-2.0-only
// A child whose working directory was removed, also open as a descriptor; a deleted file in a deleted folder.
// A wrong restore is noticed as a working directory that exists again or is another than the descriptor's.
#include "fds.h"

static int folder_fd, file_fd;
static char *folder;

static void handler(const char *question)
{
    char path[PATH_MAX];
    struct stat cwd, fd;
    if (asked(question, "sabotage", NULL))
        must(chdir("/"));
    if (!asked(question, "check", NULL))
        return;
    expect_errno("getcwd in the removed folder", syscall(SYS_getcwd, path, sizeof(path)), ENOENT);
    must(stat(".", &cwd));
    must(fstat(folder_fd, &fd));
    expect(S_ISDIR(fd.st_mode) && cwd.st_ino == fd.st_ino && cwd.st_dev == fd.st_dev,
           "cwd has inode %lu, not the descriptor's %lu", cwd.st_ino, fd.st_ino);
    expect_eq("link count of the folder", cwd.st_nlink, 0);
    expect_errno("a new file in the removed folder", open("new", O_CREAT | O_WRONLY, 0600), ENOENT);
    must(fstat(file_fd, &fd));
    expect_eq("link count of the file", fd.st_nlink, 0);
    expect_file_pattern("file of the removed folder", file_fd, 0, 3000, 8);
}

static void child(void)
{
    must(mkdir(folder, 0711));
    must(chdir(folder));
    folder_fd = must(open(".", O_RDONLY | O_DIRECTORY));
    file_fd = must(open("file", O_RDWR | O_CREAT, 0600));
    pattern_write(file_fd, 3000, 8);
    must(unlink("file"));
    must(rmdir(folder));
    serve("child", handler);
}

static void setup(void)
{
    folder = side_path(".removed");
    fork_child(child);
    ask("child", "check");
}

static void sabotage(void)
{
    ask("child", "sabotage");
}

static void check(void)
{
    ask("child", "check");
    expect_errno("the folder's name", access(folder, F_OK), ENOENT);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
