// SPDX-License-Identifier: GPL-2.0-only
// A pseudo-terminal whose both ends are in the tree (the slave twice, once in a child): line settings, window size, locks
// and modes, and bytes waiting in both directions; a second one in packet mode; a third whose slave is not open; a fourth whose
// slave was opened through its master.
// A wrong restore is noticed as other settings or another number, bytes lost, doubled or echoed once more.
#include "fds.h"
#include <sys/ioctl.h>
#include <termios.h>

static int master, slave, packet_master, packet_slave, lone_master, peer_master, peer;
static struct fd_state peer_state;
static struct termios saved;
static struct winsize size = {.ws_row = 33, .ws_col = 77, .ws_xpixel = 5, .ws_ypixel = 6};
static int number;
static char buffer[4096];

static int open_master(int flags)
{
    int fd = must(open("/dev/ptmx", O_RDWR | O_NOCTTY | flags));
    must(ioctl(fd, TIOCSPTLCK, &(int){0}));
    return fd;
}

static int open_slave(int fd, int flags)
{
    char path[64];
    must(ioctl(fd, TIOCGPTN, &number));
    snprintf(path, sizeof(path), "/dev/pts/%d", number);
    return must(open(path, O_RDWR | O_NOCTTY | flags));
}

static void put(void)
{
    must(write(master, "to the slave", 12));
    must(write(slave, "to the master", 13));
    must(write(packet_slave, "packet", 6));
}

static void handler(const char *question)
{
    if (asked(question, "write", NULL))
        must(write(slave, "child", 5));
}

static void setup(void)
{
    master = open_master(O_CLOEXEC);
    slave = open_slave(master, O_NONBLOCK);
    must(tcgetattr(slave, &saved));
    cfmakeraw(&saved);
    saved.c_oflag |= OPOST;
    saved.c_cc[VERASE] = '#';
    saved.c_cc[VMIN] = 1;
    cfsetspeed(&saved, B9600);
    must(tcsetattr(slave, TCSANOW, &saved));
    must(tcgetattr(slave, &saved));
    must(ioctl(master, TIOCSWINSZ, &size));
    packet_master = open_master(0);
    packet_slave = open_slave(packet_master, 0);
    must(ioctl(packet_master, TIOCPKT, &(int){1}));
    lone_master = open_master(0);
    must(ioctl(lone_master, TIOCSPTLCK, &(int){1}));
    peer_master = open_master(0);
    peer = must(ioctl(peer_master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_NONBLOCK));
    peer_state = fd_state(peer);
    must(ioctl(master, TIOCGPTN, &number));
    must(ioctl(slave, TIOCEXCL));
    put();
    fork_server("child", handler);
}

static void sabotage(void)
{
    must(ioctl(master, TIOCSWINSZ, &(struct winsize){.ws_row = 24, .ws_col = 80}));
}

static void expect_bytes(const char *what, int fd, const char *want, ssize_t len)
{
    expect_eq(what, read_now(fd, buffer, sizeof(buffer)), len);
    expect_mem(what, buffer, want, len);
}

static void check(void)
{
    struct termios is;
    expect_fd("opened through its master", peer, &peer_state, false);
    struct winsize ws;
    int value = -1;
    must(tcgetattr(slave, &is));
    expect(is.c_iflag == saved.c_iflag && is.c_oflag == saved.c_oflag && is.c_cflag == saved.c_cflag &&
               is.c_lflag == saved.c_lflag,
           "flags: expected %o %o %o %o, are %o %o %o %o", saved.c_iflag, saved.c_oflag, saved.c_cflag, saved.c_lflag, is.c_iflag,
           is.c_oflag, is.c_cflag, is.c_lflag);
    expect_mem("control characters", is.c_cc, saved.c_cc, sizeof(is.c_cc));
    must(ioctl(slave, TIOCGWINSZ, &ws));
    expect_mem("window size", &ws, &size, sizeof(ws));
    must(ioctl(master, TIOCGPTN, &value));
    expect_eq("number", value, number);
    expect(fcntl(slave, F_GETFL) & O_NONBLOCK && fcntl(master, F_GETFD) == FD_CLOEXEC, "descriptor flags differ");
    must(ioctl(slave, TIOCGEXCL, &value));
    expect_eq("exclusive mode", value, 1);
    must(ioctl(packet_master, TIOCGPKT, &value));
    expect_eq("packet mode", value, 1);
    must(ioctl(lone_master, TIOCGPTLCK, &value));
    expect_eq("lock of the one without slave", value, 1);
    expect_bytes("bytes waiting at the slave", slave, "to the slave", 12);
    expect_bytes("bytes waiting at the master", master, "to the master", 13);
    expect_bytes("bytes waiting at the packet master", packet_master, "\0packet", 7);
    ask("child", "write");
    expect(wait_for(!ioctl(master, FIONREAD, &value) && value == 5, 3000), "the child's bytes do not arrive");
    expect_bytes("the child's bytes", master, "child", 5);
    put();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
