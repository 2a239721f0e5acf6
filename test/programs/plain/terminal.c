// SPDX-License-Identifier: GPL-2.0-only
// A session on a pseudo-terminal, whose other end its parent has: the leader is in the foreground, with a line not read yet.
// A wrong restore is noticed as another terminal, size or mode, a Ctrl-C that does not arrive, or a line that is lost.
#include "../files/fds.h"
#include <sys/ioctl.h>
#include <termios.h>

static int master;
static char slave_path[64];
static volatile sig_atomic_t interrupts;

static void on_interrupt(int signal)
{
    (void)signal;
    interrupts++;
}

static void handler(const char *question)
{
    struct winsize size;
    struct termios mode;
    const char *rest;
    char text[32] = "";
    if (asked(question, "state", NULL)) {
        must(ioctl(0, TIOCGWINSZ, &size));
        must(tcgetattr(0, &mode));
        answer("leader %d, group %d, session %d, foreground %d, session of the terminal %d, /dev/tty %s, %d x %d, echo %s",
               getpid(), getpgrp(), getsid(0), tcgetpgrp(0), tcgetsid(0), close(open("/dev/tty", O_RDWR)) ? "closed" : "open",
               size.ws_col, size.ws_row, mode.c_lflag & ECHO ? "on" : "off");
    } else if (asked(question, "line", &rest)) {
        expect_eq("bytes of the line", read_now(0, text, sizeof(text)), strlen(rest) + 1);
        text[strcspn(text, "\n")] = 0;
        expect_str("line", text, rest);
    } else if (asked(question, "interrupts", NULL)) {
        answer("%d", (int)interrupts);
    } else if (asked(question, "echo", NULL)) {
        must(tcgetattr(0, &mode));
        mode.c_lflag |= ECHO;
        must(tcsetattr(0, TCSANOW, &mode));
    }
}

static void become_session(void)
{
    struct termios mode;
    must(setsid());
    int fd = must(open(slave_path, O_RDWR)); // becomes the controlling terminal
    for (int i = 0; i < 3; i++)
        must(dup2(fd, i));
    close(fd);
    close(master);
    must(ioctl(0, TIOCSWINSZ, &(struct winsize){.ws_col = 132, .ws_row = 43}));
    must(tcgetattr(0, &mode));
    mode.c_lflag &= ~ECHO;
    must(tcsetattr(0, TCSANOW, &mode));
    signal(SIGINT, on_interrupt);
    serve("leader", handler);
}

static char saved[300];

static void setup(void)
{
    int number;
    master = must(open("/dev/ptmx", O_RDWR | O_NOCTTY));
    must(ioctl(master, TIOCSPTLCK, &(int){0}));
    must(ioctl(master, TIOCGPTN, &number));
    snprintf(slave_path, sizeof(slave_path), "/dev/pts/%d", number);
    fork_child(become_session);
    snprintf(saved, sizeof(saved), "%s", ask_text("leader", "state"));
    expect(strstr(saved, "/dev/tty open, 132 x 43, echo off"), "set up as '%s'", saved);
    must(write(master, "not read yet\n", 13));
}

static void sabotage(void)
{
    ask("leader", "echo");
}

static void check(void)
{
    char count[16];
    expect_str("leader", ask_text("leader", "state"), saved);
    ask("leader", "line not read yet");
    must(write(master, "\003", 1));
    snprintf(count, sizeof(count), "%d", prog.round);
    // Each look is a question to the task, so 150 of them are some seconds.
    expect(wait_for(!strcmp(ask_text("leader", "interrupts"), count), 150), "Ctrl-C does not reach the leader");
    must(write(master, "not read yet\n", 13));
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
