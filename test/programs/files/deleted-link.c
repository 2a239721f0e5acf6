// SPDX-License-Identifier: GPL-2.0-only
// A file open by a name that was deleted, while another name of it lives on.
// A wrong restore is noticed as a file of its own: another inode or link count than the other name's, or a write through
// the descriptor that the other name does not show.
#include "fds.h"

static int fd;
static char *first, *second;

static void setup(void)
{
    first = side_path(".first-name");
    second = side_path(".second-name");
    fd = must(open(first, O_RDWR | O_CREAT, 0600));
    pattern_write(fd, 5000, 3);
    must(link(first, second));
    must(unlink(first));
    must(lseek(fd, 42, SEEK_SET));
}

static void sabotage(void)
{
    int other = must(open(side_path(".other"), O_RDWR | O_CREAT, 0600)); // equal, but a file of its own
    pattern_write(other, 5000, 3);
    must(lseek(other, 42, SEEK_SET));
    must(dup2(other, fd));
    close(other);
}

static void check(void)
{
    struct stat open_one, named;
    uint64_t mark = mix(prog.round), is = 0;
    must(fstat(fd, &open_one));
    must(stat(second, &named));
    expect(open_one.st_ino == named.st_ino, "inode: expected the other name's %lu, is %lu", named.st_ino, open_one.st_ino);
    expect_eq("link count", open_one.st_nlink, 1);
    expect_eq("position", lseek(fd, 0, SEEK_CUR), 42);
    expect_file_pattern("content", fd, 0, 5000, 3);
    must(pwrite(fd, &mark, sizeof(mark), 5000));
    int other = must(open(second, O_RDWR));
    expect(pread(other, &is, sizeof(is), 5000) == sizeof(is) && is == mark, "a write through the descriptor is not in the file");
    must(ftruncate(other, 5000));
    close(other);
    expect_errno("the first name", access(first, F_OK), ENOENT);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
