// SPDX-License-Identifier: GPL-2.0-only
// A deleted file that a task and its child have open, by one description and by two.
// A wrong restore is noticed as other content, another position, a name that is back, or two files where there was one.
#include "../files/fds.h"

static int first, second;

static void handler(const char *question)
{
    if (asked(question, "write", NULL))
        must(pwrite(first, "child", 5, 90000));
    else if (asked(question, "seek", NULL))
        must(lseek(first, 4321, SEEK_SET));
}

static void setup(void)
{
    char *path = side_path(".ghost");
    first = must(open(path, O_RDWR | O_CREAT | O_EXCL, 0640));
    pattern_write(first, 100000, 7);
    second = must(open(path, O_RDONLY));
    must(unlink(path));
    must(lseek(first, 4321, SEEK_SET));
    must(lseek(second, 50, SEEK_SET));
    fork_server("child", handler);
}

static void sabotage(void)
{
    must(pwrite(first, "?", 1, 10));
}

static void check(void)
{
    struct stat st, other;
    char text[8] = "";
    must(fstat(first, &st));
    must(fstat(second, &other));
    expect(!exists_beside(".ghost"), "its name is back");
    expect_eq("links", st.st_nlink, 0);
    expect_eq("size", st.st_size, 100000);
    expect_eq("mode", st.st_mode, S_IFREG | 0640);
    expect(st.st_ino == other.st_ino && st.st_dev == other.st_dev, "two files");
    expect_eq("position", lseek(first, 0, SEEK_CUR), 4321);
    expect_eq("position of the other", lseek(second, 0, SEEK_CUR), 50);
    expect_file_pattern("content", first, 0, 100000, 7);
    must(lseek(first, 0, SEEK_SET));
    ask("child", "seek");
    expect_eq("position that the child has set", lseek(first, 0, SEEK_CUR), 4321);
    must(pread(second, text, 5, 90000));
    ask("child", "write");
    char now[8] = "";
    must(pread(second, now, 5, 90000));
    expect_str("what the child has written", now, "child");
    must(pwrite(first, text, 5, 90000));
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
