// SPDX-License-Identifier: GPL-2.0-only
// Two processes that share their descriptor table (CLONE_FILES), and a third that has left it with a copy.
// A wrong restore is noticed as a descriptor opened in one that the other does not have, or that the third one has.
#include "../files/fds.h"

static int fd;
static pid_t sharing;

static void handler(const char *question)
{
    const char *rest;
    int number;
    if (asked(question, "open", NULL)) {
        fd = must(open("/dev/zero", O_RDONLY));
        answer("%d", fd);
    } else if (asked(question, "closed", &rest)) {
        number = atoi(rest);
        expect_errno("the descriptor", fcntl(number, F_GETFD), EBADF);
    } else if (asked(question, "has", &rest)) {
        number = atoi(rest);
        expect(fcntl(number, F_GETFD) >= 0, "descriptor %d: %s", number, strerror(errno));
    } else if (asked(question, "sabotage", NULL)) {
        must(unshare(CLONE_FILES));
    }
}

static void setup(void)
{
    sharing = must(syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0));
    if (sharing == 0) {
        prog.child_count = 0;
        serve("sharing", handler);
    }
    prog.children[prog.child_count++] = sharing;
    ask("sharing", "hello");
    fork_server("apart", handler);
}

static void sabotage(void)
{
    ask("sharing", "sabotage");
}

static void check(void)
{
    char byte = 1;
    int number = atoi(ask_text("sharing", "open"));
    expect(read(number, &byte, 1) == 1 && byte == 0, "descriptor %d of the other task: %s", number, strerror(errno));
    ask("apart", "closed %d", number);
    int own = must(open("/dev/null", O_RDONLY));
    ask("sharing", "has %d", own);
    close(own);
    close(number);
    ask("sharing", "closed %d", number);
#define KCMP_FILES 2
    long same = syscall(SYS_kcmp, getpid(), sharing, KCMP_FILES, 0, 0);
    expect(same <= 0, "kcmp: the tables are two now");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
