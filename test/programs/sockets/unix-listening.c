// SPDX-License-Identifier: GPL-2.0-only
// Listening unix sockets, named and abstract, stream and seqpacket; one whose path is relative; one that is bound only; one
// whose file was renamed since; a connection accepted from one of them, with data waiting, and one accepted from a socket
// whose file is deleted. A wrong restore is noticed as a client that cannot connect, or
// reaches another socket, another name, or another mode of the path.
#include "sockets.h"

static struct listener {
    const char *name, *suffix;
    int type, fd;
    struct address address;
} listeners[] = {
    {.name = "named stream", .suffix = ".l1", .type = SOCK_STREAM},
    {.name = "named seqpacket", .suffix = ".l2", .type = SOCK_SEQPACKET},
    {.name = "abstract stream", .suffix = "@", .type = SOCK_STREAM},
};
static int bound, server, client, relative, renamed, gone, gone_server, gone_client;
static struct address bound_address, relative_address, renamed_address, gone_address;

static void setup(void)
{
    char name[100];
    for (size_t i = 0; i < ARRAY_LEN(listeners); i++) {
        struct listener *l = &listeners[i];
        snprintf(name, sizeof(name), "@stasis-program-%d", getpid());
        l->address = unix_address(l->suffix[0] == '@' ? name : side_path("%s", l->suffix));
        l->fd = must(socket(AF_UNIX, l->type | SOCK_CLOEXEC, 0));
        must(bind(l->fd, as_sockaddr(&l->address), l->address.len));
        must(listen(l->fd, 5));
    }
    must(chmod(side_path(".l1"), 0751));
    bound = must(socket(AF_UNIX, SOCK_STREAM, 0));
    bound_address = unix_address(side_path(".bound"));
    must(bind(bound, as_sockaddr(&bound_address), bound_address.len));
    char folder[PATH_MAX];
    snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(prog.report, '/') - prog.report), prog.report);
    must(chdir(folder));
    relative = must(socket(AF_UNIX, SOCK_STREAM, 0));
    relative_address = unix_address("relative-name");
    must(bind(relative, as_sockaddr(&relative_address), relative_address.len));
    must(listen(relative, 1));
    renamed = must(socket(AF_UNIX, SOCK_STREAM, 0));
    renamed_address = unix_address(side_path(".r.tmp"));
    must(bind(renamed, as_sockaddr(&renamed_address), renamed_address.len));
    must(listen(renamed, 1));
    must(rename(side_path(".r.tmp"), side_path(".r")));
    gone = must(socket(AF_UNIX, SOCK_STREAM, 0));
    gone_address = unix_address(side_path(".gone"));
    must(bind(gone, as_sockaddr(&gone_address), gone_address.len));
    must(listen(gone, 1));
    gone_client = must(socket(AF_UNIX, SOCK_STREAM, 0));
    must(connect(gone_client, as_sockaddr(&gone_address), gone_address.len));
    gone_server = must(accept(gone, NULL, NULL));
    must(unlink(side_path(".gone")));
    client = must(socket(AF_UNIX, SOCK_STREAM, 0));
    must(connect(client, as_sockaddr(&listeners[0].address), listeners[0].address.len));
    server = must(accept(listeners[0].fd, NULL, NULL));
    send_record(client, 700, 'c');
    send_record(server, 800, 's');
}

static void sabotage(void)
{
    must(unlink(side_path(".l1")));
}

static void try(const char *name, int fd, int type, struct address *address)
{
    char byte = 0;
    int from = must(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    expect(!connect(from, as_sockaddr(address), address->len), "%s: cannot connect: %s", name, strerror(errno));
    if (prog.failed) {
        close(from);
        return;
    }
    set_nonblock(fd);
    int to = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    expect(to >= 0, "%s: cannot accept: %s", name, strerror(errno));
    must(fcntl(fd, F_SETFL, must(fcntl(fd, F_GETFL)) & ~O_NONBLOCK));
    expect(send(from, "!", 1, MSG_NOSIGNAL) == 1 && recv(to, &byte, 1, MSG_DONTWAIT) == 1 && byte == '!', "%s: nothing arrives",
           name);
    close(from);
    close(to);
}

static void check(void)
{
    struct stat st;
    for (size_t i = 0; i < ARRAY_LEN(listeners); i++) {
        struct listener *l = &listeners[i];
        expect_name(l->name, l->fd, &l->address);
        expect_eq("SO_ACCEPTCONN", get_option(l->fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
        expect_eq("close-on-exec", fcntl(l->fd, F_GETFD), FD_CLOEXEC);
        try(l->name, l->fd, l->type, &l->address);
    }
    try("relative name", relative, SOCK_STREAM, &relative_address);
    expect_name("relative name", relative, &relative_address);
    struct address moved = unix_address(side_path(".r"));
    try("renamed", renamed, SOCK_STREAM, &moved);
    expect_name("renamed", renamed, &renamed_address);
    expect(access(side_path(".r.tmp"), F_OK) && access(side_path(".gone"), F_OK), "a name that was gone is there again");
    expect_name("deleted", gone_server, &gone_address);
    send_record(gone_client, 5, 'g');
    expect_record("over the deleted one", gone_server, 5, 'g');
    if (prog.failed)
        return;
    must(stat(side_path(".l1"), &st));
    expect_eq("mode of the path", st.st_mode, S_IFSOCK | 0751);
    expect_name("bound only", bound, &bound_address);
    expect_eq("SO_ACCEPTCONN of the one bound only", get_option(bound, SOL_SOCKET, SO_ACCEPTCONN), 0);
    expect_name("accepted connection", server, &listeners[0].address);
    struct address peer = {.len = sizeof(peer.storage)};
    must(getpeername(client, as_sockaddr(&peer), &peer.len));
    expect_mem("peer of the client", &peer.storage, &listeners[0].address.storage, listeners[0].address.len);
    expect_record("from the client", server, 700, 'c');
    expect_record("from the server", client, 800, 's');
    send_record(client, 700, 'c');
    send_record(server, 800, 's');
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
