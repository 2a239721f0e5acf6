// SPDX-License-Identifier: GPL-2.0-only
// A session on a pseudo-terminal inside the tree: its leader (a shell's part), a job in the foreground and one in the
// background. A wrong restore is noticed as another controlling terminal or foreground group, a Ctrl-C that does not
// reach the foreground job, or reaches another.
#include "../tasks/puppet.h"
#include <sys/ioctl.h>
#include <termios.h>

static int master, number;
static struct puppet shell = {.name = "shell"}, front = {.name = "front"}, back = {.name = "back"};
static char slave_path[64];
static volatile sig_atomic_t interrupts;

static void on_interrupt(int signal)
{
    (void)signal;
    interrupts++;
}

static void handler(const char *question)
{
    const char *rest;
    int terminal = 0;
    if (asked(question, "job", &rest)) {
        char name[32];
        snprintf(name, sizeof(name), "%s", rest);
        if (must(fork()) == 0) {
            setpgid(0, 0);
            signal(SIGINT, on_interrupt);
            serve(name, handler);
        }
    } else if (asked(question, "front", &rest)) {
        signal(SIGTTOU, SIG_IGN);
        must(tcsetpgrp(terminal, atoi(rest)));
    } else if (asked(question, "state", NULL)) {
        char path[PATH_MAX] = "";
        if (readlink("/proc/self/fd/0", path, sizeof(path) - 1) < 0)
            path[0] = 0;
        answer("terminal %s, foreground %d, session %d, /dev/tty %s", path, tcgetpgrp(terminal), tcgetsid(terminal),
               close(open("/dev/tty", O_RDWR)) ? "closed" : "open");
    } else if (asked(question, "interrupts", NULL)) {
        answer("%d", (int)interrupts);
    } else {
        puppet_handler(question);
    }
}

static void become_session(void)
{
    must(setsid());
    int fd = must(open(slave_path, O_RDWR)); // becomes the controlling terminal
    for (int i = 0; i < 3; i++)
        must(dup2(fd, i));
    close(fd);
    close(master);
    serve("shell", handler);
}

static char saved[3][300];

static void setup(void)
{
    master = must(open("/dev/ptmx", O_RDWR | O_NOCTTY));
    must(ioctl(master, TIOCSPTLCK, &(int){0}));
    must(ioctl(master, TIOCGPTN, &number));
    snprintf(slave_path, sizeof(slave_path), "/dev/pts/%d", number);
    fork_child(become_session);
    ask("shell", "job front");
    ask("shell", "job back");
    puppet_remember(&shell);
    puppet_remember(&front);
    puppet_remember(&back);
    ask("shell", "front %d", front.pid);
    snprintf(saved[0], sizeof(saved[0]), "%s", ask_text("shell", "state"));
    snprintf(saved[1], sizeof(saved[1]), "%s", ask_text("front", "state"));
    snprintf(saved[2], sizeof(saved[2]), "%s", ask_text("back", "state"));
    expect(strstr(saved[0], "/dev/tty open"), "set up as '%s'", saved[0]);
}

static void sabotage(void)
{
    ask("shell", "front %d", back.pid);
}

static void check(void)
{
    char count[16];
    expect_str("shell", ask_text("shell", "state"), saved[0]);
    expect_str("foreground job", ask_text("front", "state"), saved[1]);
    expect_str("background job", ask_text("back", "state"), saved[2]);
    puppet_expect_same(&shell);
    puppet_expect_same(&front);
    puppet_expect_same(&back);
    must(write(master, "\003", 1));
    snprintf(count, sizeof(count), "%d", prog.round);
    // Each look is a question to the task, so 150 of them are some seconds.
    expect(wait_for(!strcmp(ask_text("front", "interrupts"), count), 150), "Ctrl-C does not reach the foreground job");
    expect_str("Ctrl-C at the background job", ask_text("back", "interrupts"), "0");
    expect_errno("a controlling terminal of the leader", open("/dev/tty", O_RDWR), ENXIO);
    char echo[16];
    must(fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK));
    while (read(master, echo, sizeof(echo)) > 0)
        ;
    must(fcntl(master, F_SETFL, O_RDWR));
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
