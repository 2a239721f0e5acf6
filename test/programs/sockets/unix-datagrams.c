// SPDX-License-Identifier: GPL-2.0-only
// Datagram sockets with names: two that have connected to a third, one that receives from anybody, with datagrams
// waiting, whose senders' names count; a name whose path was deleted; a socket neither bound nor connected.
// A wrong restore is noticed as another sender or order of datagrams, one lost, or a send that reaches another socket.
#include "sockets.h"

static int receiver, senders[2], deleted, fresh, automatic;
static struct address receiver_address, sender_addresses[2], deleted_address, automatic_address;

static void fill(void)
{
    send_record(senders[0], 100, 'a');
    send_record(senders[1], 200, 'b');
    send_record(senders[0], 300, 'c');
}

static void setup(void)
{
    receiver_address = unix_address(side_path(".dr"));
    receiver = must(socket(AF_UNIX, SOCK_DGRAM, 0));
    must(bind(receiver, as_sockaddr(&receiver_address), receiver_address.len));
    for (int i = 0; i < 2; i++) {
        char name[100];
        snprintf(name, sizeof(name), "@stasis-sender-%d-%d", getpid(), i);
        sender_addresses[i] = unix_address(name);
        senders[i] = must(socket(AF_UNIX, SOCK_DGRAM, 0));
        must(bind(senders[i], as_sockaddr(&sender_addresses[i]), sender_addresses[i].len));
        must(connect(senders[i], as_sockaddr(&receiver_address), receiver_address.len));
    }
    deleted_address = unix_address(side_path(".dd"));
    deleted = must(socket(AF_UNIX, SOCK_DGRAM, 0));
    must(bind(deleted, as_sockaddr(&deleted_address), deleted_address.len));
    must(unlink(side_path(".dd")));
    fresh = must(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    automatic = must(socket(AF_UNIX, SOCK_DGRAM, 0));
    must(bind(automatic, &(struct sockaddr){.sa_family = AF_UNIX}, sizeof(sa_family_t))); // the kernel chooses a name
    automatic_address = local_name(automatic);
    fill();
}

static void sabotage(void)
{
    char buffer[400];
    must(recv(receiver, buffer, sizeof(buffer), 0));
    send_record(senders[0], 100, 'a'); // at the wrong place
}

static void expect_from(int sender, ssize_t len, char mark)
{
    char buffer[400] = "";
    struct address from = {.len = sizeof(from.storage)};
    ssize_t is = recvfrom(receiver, buffer, sizeof(buffer), MSG_DONTWAIT, as_sockaddr(&from), &from.len);
    expect(is == len && buffer[0] == mark, "datagram '%c': is '%c' of %zd bytes", mark, buffer[0], is);
    expect_eq("length of the sender's name", from.len, sender_addresses[sender].len);
    expect_mem("sender's name", &from.storage, &sender_addresses[sender].storage, from.len);
}

static void check(void)
{
    expect_from(0, 100, 'a');
    expect_from(1, 200, 'b');
    expect_from(0, 300, 'c');
    expect_errno("the drained receiver", recv(receiver, &(char){0}, 1, MSG_DONTWAIT), EAGAIN);
    fill();
    expect_name("receiver", receiver, &receiver_address);
    expect_name("deleted name", deleted, &deleted_address);
    expect_errno("the deleted path", access(side_path(".dd"), F_OK), ENOENT);
    expect_name("name the kernel chose", automatic, &automatic_address);
    expect_eq("length of the fresh one's name", local_name(fresh).len, sizeof(sa_family_t));
    expect(fcntl(fresh, F_GETFL) & O_NONBLOCK, "the fresh one is not nonblocking");
    expect_eq("send from the fresh one", sendto(fresh, "f", 1, 0, as_sockaddr(&automatic_address), automatic_address.len), 1);
    expect_record("at the automatic name", automatic, 1, 'f');
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
