// SPDX-License-Identifier: GPL-2.0-only
// A child in a chroot below the test folder, with a working directory in it and a umask; the leader has others.
// A wrong restore is noticed as another root or cwd (by device and inode, and by path) or another mode of a new file.
#include "puppet.h"

static struct stat root, inside, outside;
static char *jail;

static void same(const char *what, const char *path, const struct stat *want)
{
    struct stat is;
    must(stat(path, &is));
    expect(is.st_ino == want->st_ino && is.st_dev == want->st_dev, "%s: expected inode %lu, is %lu", what, want->st_ino,
           is.st_ino);
}

static void mode_of_new_file(const char *path, mode_t want)
{
    struct stat is;
    int fd = must(open(path, O_CREAT | O_WRONLY, 0777));
    must(fstat(fd, &is));
    close(fd);
    must(unlink(path));
    expect_eq("mode of a new file", is.st_mode & 0777, want);
}

static void handler(const char *question)
{
    char path[PATH_MAX];
    if (asked(question, "sabotage", NULL))
        must(chdir(".."));
    if (!asked(question, "check", NULL))
        return;
    must((long)getcwd(path, sizeof(path)));
    expect_str("cwd of the child", path, "/sub dir");
    same("cwd", ".", &inside);
    same("root", "/", &root);
    mode_of_new_file("/umask-test", 0777 & ~0137);
}

static void jailed(void)
{
    char *inner;
    if (asprintf(&inner, "%s/sub dir", jail) < 0)
        _exit(1);
    must(chdir(inner));
    must(chroot(jail));
    umask(0137);
    strcpy(prog.report, "/inner");
    serve("child", handler);
}

// The child's questions are files in the jail.
static void ask_child(const char *question)
{
    char report_path[PATH_MAX];
    strcpy(report_path, prog.report);
    snprintf(prog.report, sizeof(prog.report), "%s/inner", jail);
    ask("child", "%s", question);
    strcpy(prog.report, report_path);
}

static void setup(void)
{
    char *path;
    jail = side_path(".jail");
    must(mkdir(jail, 0755));
    must(stat(jail, &root));
    path = side_path(".jail/sub dir");
    must(mkdir(path, 0755));
    must(stat(path, &inside));
    path = side_path(".cwd");
    must(mkdir(path, 0755));
    must(stat(path, &outside));
    must(chdir(path));
    umask(027);
    close(must(creat(side_path(".jail/inner"), 0644))); // stands for the report: without it the child would leave
    fork_child(jailed);
    ask_child("hello");
}

static void sabotage(void)
{
    ask_child("sabotage");
}

static void check(void)
{
    char path[PATH_MAX], link[PATH_MAX] = "", *cwd = side_path(".cwd");
    must((long)getcwd(path, sizeof(path)));
    expect_str("cwd of the leader", path, cwd);
    same("cwd of the leader", ".", &outside);
    mode_of_new_file("umask-test", 0750);
    snprintf(path, sizeof(path), "/proc/%d/root", prog.children[0]);
    must(readlink(path, link, sizeof(link) - 1));
    expect_str("root of the child, seen from outside", link, jail);
    ask_child("check");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
