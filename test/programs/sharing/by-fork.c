// SPDX-License-Identifier: GPL-2.0-only
// Descriptions shared by fork over three generations under different numbers, and equal-looking ones that are not: of
// files, pipes, eventfds, sockets, terminals' and timers' descriptors. Judged by kcmp (the whole matrix) and by positions.
// A wrong restore is noticed as one pair of descriptors that is, or is no longer, the same description.
#include "../files/fds.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#define FDS 16

static int fds[FDS], fd_count;
static pid_t tasks[3];
static const char *const names[] = {"leader", "child", "grandchild"};
static signed char matrix[3 * FDS][3 * FDS];
static int moved[3][FDS]; // numbers in each task; the same in all tasks' memory

static void keep(int fd)
{
    fds[fd_count++] = must(fd);
}

static void open_all(void)
{
    char *path = side_path(".shared-file");
    int ends[2];
    close(must(creat(path, 0600)));
    keep(open(path, O_RDWR));
    keep(open(path, O_RDWR)); // looks the same, is not
    keep(dup(fds[0]));
    must(pipe(ends));
    keep(ends[0]);
    keep(ends[1]);
    keep(eventfd(1, 0));
    keep(eventfd(1, 0));
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    keep(ends[0]);
    keep(ends[1]);
    keep(timerfd_create(CLOCK_MONOTONIC, 0));
    keep(timerfd_create(CLOCK_MONOTONIC, 0));
    keep(epoll_create1(0));
    keep(open("/dev/null", O_RDWR));
    keep(open("/dev/null", O_RDWR));
    keep(open("/", O_RDONLY | O_DIRECTORY));
    keep(open("/", O_PATH | O_DIRECTORY));
}

// Each generation has other numbers, leaves one away and opens one anew.
static void rearrange(int generation)
{
    for (int i = 0; i < fd_count; i++) {
        moved[generation][i] = fds[i] + 50 * generation;
        if (generation)
            must(dup2(moved[generation - 1][i], moved[generation][i])), close(moved[generation - 1][i]);
    }
    if (generation == 1)
        must(dup2(must(open(side_path(".shared-file"), O_RDWR)), moved[1][2])); // no longer the parent's duplicate
    if (generation == 2)
        close(moved[2][6]);
}

static void handler(const char *question)
{
    const char *rest;
    int number, position;
    if (asked(question, "seek", &rest) && sscanf(rest, "%d %d", &number, &position) == 2)
        must(lseek(number, position, SEEK_SET));
}

static void grandchild(void)
{
    rearrange(2);
    serve("grandchild", handler);
}

static void child_handler(const char *question)
{
    if (asked(question, "pid", NULL))
        answer("%d", prog.children[0]);
    else
        handler(question);
}

static void child(void)
{
    rearrange(1);
    fork_child(grandchild);
    serve("child", child_handler);
}

static void compute(signed char result[3 * FDS][3 * FDS])
{
    for (int i = 0; i < 3 * fd_count; i++)
        for (int j = 0; j < 3 * fd_count; j++)
            result[i][j] = same_description(tasks[i / fd_count], moved[i / fd_count][i % fd_count], tasks[j / fd_count],
                                            moved[j / fd_count][j % fd_count]);
}

static void setup(void)
{
    open_all();
    rearrange(0);
    for (int i = 0; i < fd_count; i++)
        moved[1][i] = fds[i] + 50, moved[2][i] = fds[i] + 100;
    tasks[0] = getpid();
    tasks[1] = fork_child(child);
    ask("child", "hello");
    ask("grandchild", "hello");
    tasks[2] = atoi(ask_text("child", "pid"));
    compute(matrix);
    if (matrix[0][0] < 0)
        skip("needs kcmp: %s", strerror(errno));
    expect(matrix[0][2] && !matrix[0][1] && matrix[0][fd_count] && !matrix[2][fd_count + 2], "the matrix is not as it should be");
}

static void sabotage(void)
{
    int fd = must(open(side_path(".shared-file"), O_RDWR));
    must(dup2(fd, fds[2]));
    close(fd);
}

static void check(void)
{
    static signed char now[3 * FDS][3 * FDS];
    compute(now);
    for (int i = 0; i < 3 * fd_count; i++)
        for (int j = 0; j < 3 * fd_count; j++)
            expect(now[i][j] == matrix[i][j], "descriptor %d of task %s and %d of task %s: %s the same",
                   moved[i / fd_count][i % fd_count], names[i / fd_count], moved[j / fd_count][j % fd_count], names[j / fd_count],
                   now[i][j] ? "are now" : "are not");
    must(lseek(fds[1], 5, SEEK_SET));
    ask("grandchild", "seek %d %d", moved[2][0], 100 + prog.round);
    expect_eq("position, moved by the grandchild", lseek(fds[0], 0, SEEK_CUR), 100 + prog.round);
    expect_eq("position of the file opened twice", lseek(fds[1], 0, SEEK_CUR), 5);
    ask("child", "seek %d %d", moved[1][2], 7);
    expect_eq("position, not moved by the child's own", lseek(fds[2], 0, SEEK_CUR), 100 + prog.round);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
