// SPDX-License-Identifier: GPL-2.0-only
// What an upgrade leaves behind in a running daemon: its program, a library that it has mapped, a log that it has open and
// a working directory were each replaced by another of the same name, the log twice; and of a file that lives on by another
// name the first name is another file's now.
// A wrong restore is noticed as a link in /proc or a mapping that tells another name than "the old one (deleted)", as
// content of the new file instead of the old one's, or as a new file that is no longer what it was.
#include "../procfs.h"
#include "fds.h"

static const char text[] = "a constant in the old program";
static char *program, *library, *logs, *linked, *second, *folder;
static char *mapped;
static int log_fds[2], linked_fd;
static ino_t now[5];

static void copy(const char *from, const char *to)
{
    char buffer[65536];
    int in = must(open(from, O_RDONLY)), out = must(open(to, O_WRONLY | O_CREAT | O_TRUNC, 0700));
    for (ssize_t len; (len = must(read(in, buffer, sizeof(buffer)))) > 0;)
        must(write(out, buffer, len));
    close(in);
    close(out);
}

static ino_t inode(const char *path)
{
    struct stat st;
    must(stat(path, &st));
    return st.st_ino;
}

static ino_t put(const char *path, const char *content)
{
    char *fresh = side_path(".fresh");
    int fd = must(open(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0600));
    must(write(fd, content, strlen(content)));
    close(fd);
    must(rename(fresh, path));
    return inode(path);
}

static void setup(void)
{
    program = side_path(".program");
    if (!prog.argc) { // copies itself and becomes the copy
        char *const next[] = {program, prog.report, "copy", NULL};
        copy("/proc/self/exe", program);
        must(execv(program, next));
    }
    library = side_path(".so");
    logs = side_path(".log");
    linked = side_path(".linked");
    second = side_path(".second");
    folder = side_path(".folder");
    must(mkdir(folder, 0700));
    must(chdir(folder));
    must(rmdir(folder));
    must(mkdir(folder, 0755));
    int fd = must(open(library, O_RDWR | O_CREAT, 0700));
    must(write(fd, "old library", 11));
    mapped = must(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0));
    close(fd);
    for (int i = 0; i < 2; i++) {
        log_fds[i] = must(open(logs, O_RDWR | O_CREAT | O_APPEND, 0600));
        must(dprintf(log_fds[i], "log %d", i));
        must(unlink(logs));
    }
    linked_fd = must(open(linked, O_RDWR | O_CREAT, 0600));
    must(link(linked, second));
    now[0] = put(program, "new program");
    now[1] = put(library, "new library");
    now[2] = put(logs, "new log");
    now[3] = put(linked, "new file");
    now[4] = inode(folder);
}

static void sabotage(void)
{
    put(logs, "newer log");
}

static void expect_link(const char *path, const char *old)
{
    char is[PATH_MAX] = "", want[PATH_MAX + 16];
    must(readlink(path, is, sizeof(is) - 1));
    snprintf(want, sizeof(want), "%s (deleted)", old);
    expect_str(path, is, want);
}

static void expect_mapping(const void *at, const char *old)
{
    char line[PATH_MAX + 200] = "", want[PATH_MAX + 16];
    smaps_line(at, NULL, line, sizeof(line));
    snprintf(want, sizeof(want), "%s (deleted)", old);
    expect(strstr(line, want), "mapping: expected %s, is '%s'", want, line);
}

static void expect_now(const char *path, int which, const char *content)
{
    char is[32] = "";
    int fd = must(open(path, O_RDONLY));
    expect(inode(path) == now[which], "%s is another file now", path);
    if (content) {
        must(read(fd, is, sizeof(is) - 1));
        expect_str(path, is, content);
    }
    close(fd);
}

static void expect_log(int which, const char *content)
{
    char is[32] = "", path[32];
    must(pread(log_fds[which], is, sizeof(is) - 1, 0));
    expect_str("old log", is, content);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", log_fds[which]);
    expect_link(path, logs);
}

static void check(void)
{
    char path[32];
    struct stat held, other;
    expect_link("/proc/self/exe", program);
    expect_mapping((const void *)check, program);
    expect_str("constant", text, "a constant in the old program");
    expect_mapping(mapped, library);
    expect_mem("old library", mapped, "old library", 11);
    expect_log(0, "log 0");
    expect_log(1, "log 1");
    snprintf(path, sizeof(path), "/proc/self/fd/%d", linked_fd);
    expect_link(path, linked);
    must(fstat(linked_fd, &held));
    must(stat(second, &other));
    expect(held.st_ino == other.st_ino, "the linked file is another one");
    expect_link("/proc/self/cwd", folder);
    expect_errno("a file in the old folder", open("x", O_WRONLY | O_CREAT, 0600), ENOENT);
    expect_now(program, 0, "new program");
    expect_now(library, 1, "new library");
    expect_now(logs, 2, "new log");
    expect_now(linked, 3, "new file");
    expect_now(folder, 4, NULL);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
