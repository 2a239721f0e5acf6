// SPDX-License-Identifier: GPL-2.0-only
// Threads blocked in reading an empty pipe, writing a full one, receiving on a unix socket, accepting, and opening a
// FIFO that nobody else has open. A wrong restore is noticed as an error, a return before the event, or lost bytes.
#include "blocked.h"
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static char big[65536];
static char *fifo_path;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static socklen_t address_len;

static long read_pipe(struct blocked *b)
{
    char buffer[8];
    return read(b->fds[0], buffer, sizeof(buffer));
}

static long write_pipe(struct blocked *b) // the pipe is full of such writes: one fits when one is taken out
{
    return write(b->fds[1], big, PIPE_BUF);
}

static long receive(struct blocked *b)
{
    char buffer[8];
    return recv(b->fds[0], buffer, sizeof(buffer), 0);
}

static long receive_message(struct blocked *b)
{
    char buffer[8];
    struct iovec part = {buffer, sizeof(buffer)};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    return recvmsg(b->fds[0], &message, 0);
}

static long accept_one(struct blocked *b)
{
    int fd = accept(b->fds[0], NULL, NULL);
    return fd < 0 ? fd : close(fd);
}

static long open_fifo(struct blocked *b)
{
    (void)b;
    int fd = open(fifo_path, O_RDONLY);
    if (fd < 0)
        return fd;
    long end = read(fd, &(char){0}, 1); // until the writer has gone: the next open must wait for another
    close(fd);
    return end;
}

static void wake_bytes(struct blocked *b)
{
    must(write(b->fds[1], "abc", 3));
}

static void wake_writer(struct blocked *b)
{
    expect_eq("bytes read from the full pipe", read(b->fds[0], big, PIPE_BUF), PIPE_BUF);
}

static void wake_accept(struct blocked *b)
{
    (void)b;
    int fd = must(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    must(connect(fd, (struct sockaddr *)&address, address_len));
    close(fd);
}

static void wake_fifo(struct blocked *b)
{
    (void)b;
    close(must(open(fifo_path, O_WRONLY)));
}

static struct blocked list[] = {
    {.name = "read of a pipe", .call = read_pipe, .wake = wake_bytes, .want = 3},
    {.name = "recv", .call = receive, .wake = wake_bytes, .want = 3},
    {.name = "recvmsg", .call = receive_message, .wake = wake_bytes, .want = 3},
    {.name = "accept", .call = accept_one, .wake = wake_accept},
    {.name = "open of a fifo", .call = open_fifo, .wake = wake_fifo},
    {.name = "write to a full pipe", .call = write_pipe, .wake = wake_writer, .want = PIPE_BUF},
};

static void setup(void)
{
    must(pipe(list[0].fds));
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, list[1].fds));
    must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, list[2].fds));
    list[3].fds[0] = must(socket(AF_UNIX, SOCK_STREAM, 0));
    address_len = offsetof(struct sockaddr_un, sun_path) + 1 +
                  snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "stasis-test-%d", getpid());
    must(bind(list[3].fds[0], (struct sockaddr *)&address, address_len));
    must(listen(list[3].fds[0], 4));
    fifo_path = side_path(".fifo");
    must(mkfifo(fifo_path, 0600));
    must(pipe(list[5].fds));
    must(fcntl(list[5].fds[1], F_SETPIPE_SZ, sizeof(big)));
    must(write(list[5].fds[1], big, sizeof(big)));
    blocked_start(list, ARRAY_LEN(list));
}

static void sabotage(void)
{
    wake_bytes(&list[0]);
    wait_for(list[0].returns == 1, 5000);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = blocked_check, .sabotage = sabotage});
}
