// SPDX-License-Identifier: GPL-2.0-only
// Unix sockets as every program has them: a pair to a child with data both ways, a pair of datagrams, a listener with a path
// and one without, a bound datagram socket with something unread.
// A wrong restore is noticed as other bytes, a boundary that is lost, or a name at which nobody answers.
#include "../sockets/sockets.h"

static int pair[2], datagrams[2], listeners[2], mailbox;
static struct address addresses[2], mailbox_address;

static void handler(const char *question)
{
    char text[16] = "";
    if (!asked(question, "pass", NULL))
        return;
    expect_eq("bytes from above", recv(pair[1], text, sizeof(text), MSG_DONTWAIT), 10);
    expect_str("from above", text, "downwards");
    must(send(pair[1], "upwards", 8, 0));
}

static void post(void)
{
    int fd = must(socket(AF_UNIX, SOCK_DGRAM, 0));
    must(sendto(fd, "llllll", 6, 0, as_sockaddr(&mailbox_address), mailbox_address.len));
    close(fd);
}

static void fill(void)
{
    must(send(pair[0], "downwards", 10, 0));
    send_record(datagrams[0], 100, 'a');
    send_record(datagrams[0], 3000, 'b');
    post();
}

static void setup(void)
{
    char abstract[64];
    snprintf(abstract, sizeof(abstract), "@stasis-plain-%d", getpid());
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    must(socketpair(AF_UNIX, SOCK_DGRAM, 0, datagrams));
    addresses[0] = unix_address(side_path(".listen"));
    addresses[1] = unix_address(abstract);
    mailbox_address = unix_address(side_path(".mail"));
    for (int i = 0; i < 2; i++) {
        listeners[i] = must(socket(AF_UNIX, SOCK_STREAM, 0));
        must(bind(listeners[i], as_sockaddr(&addresses[i]), addresses[i].len));
        must(listen(listeners[i], 5));
    }
    mailbox = must(socket(AF_UNIX, SOCK_DGRAM, 0));
    must(bind(mailbox, as_sockaddr(&mailbox_address), mailbox_address.len));
    must(send(pair[1], "upwards", 8, 0));
    fill();
    fork_server("child", handler);
}

static void sabotage(void)
{
    char byte;
    must(recv(datagrams[1], &byte, 1, 0));
}

static void expect_listens(const char *what, int i)
{
    char text[4] = "";
    int fd = must(socket(AF_UNIX, SOCK_STREAM, 0));
    expect(!connect(fd, as_sockaddr(&addresses[i]), addresses[i].len), "%s: cannot connect: %s", what, strerror(errno));
    if (!prog.failed) {
        int accepted = must(accept(listeners[i], NULL, NULL));
        must(send(accepted, "hi", 3, 0));
        must(recv(fd, text, sizeof(text), 0));
        expect_str(what, text, "hi");
        close(accepted);
    }
    close(fd);
}

static void check(void)
{
    char text[16] = "";
    expect_eq("bytes from below", recv(pair[0], text, sizeof(text), MSG_DONTWAIT), 8);
    expect_str("from below", text, "upwards");
    ask("child", "pass"); // which sends the next ones
    expect_record("first datagram", datagrams[1], 100, 'a');
    expect_record("second datagram", datagrams[1], 3000, 'b');
    expect_record("the one in the mailbox", mailbox, 6, 'l');
    expect_listens("by path", 0);
    expect_listens("abstract", 1);
    fill();
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
