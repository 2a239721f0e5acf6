// SPDX-License-Identifier: GPL-2.0-only
// Unix sockets whose names are not what they were when bound: deleted with their directory, taken by somebody else since, moved,
// linked, relative, as long as a name can be.
// A wrong restore is noticed as another name, as a name that does not lead to its socket, or as damage to what has it now.
#include "sockets.h"

static int below, lost, lost_file, lost_folder, lost_socket, other, moved, linked, supervised, relative, longest, accepted, client;
static ino_t other_inode;

static int listener(const char *path)
{
    struct address a = unix_address(path);
    int fd = must(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
    must(bind(fd, as_sockaddr(&a), a.len));
    must(listen(fd, 4));
    return fd;
}

static ino_t inode(const char *path)
{
    struct stat found;
    return lstat(path, &found) ? 0 : found.st_ino;
}

static void make_folder(const char *suffix)
{
    if (mkdir(side_path("%s", suffix), 0700) && errno != EEXIST)
        die("mkdir %s: %s", suffix, strerror(errno));
}

// A name of 108 bytes, behind which there is no NUL; its directory is relative to the one of the report.
static struct address longest_address(void)
{
    struct address a = {.len = sizeof(struct sockaddr_un)};
    struct sockaddr_un *un = (struct sockaddr_un *)&a.storage;
    un->sun_family = AF_UNIX;
    memset(un->sun_path, '/', sizeof(un->sun_path));
    memcpy(un->sun_path, side_path(".l"), strlen(side_path(".l")));
    memcpy(un->sun_path + sizeof(un->sun_path) - 4, "last", 4);
    return a;
}

static void setup(void)
{
    make_folder(".d");
    make_folder(".d/e");
    lost = listener(side_path(".d/e/s"));
    must(unlink(side_path(".d/e/s")));
    must(rmdir(side_path(".d/e")));
    must(rmdir(side_path(".d")));

    lost_file = listener(side_path(".f"));
    must(unlink(side_path(".f")));
    close(must(open(side_path(".f"), O_CREAT | O_WRONLY, 0640)));
    lost_folder = listener(side_path(".g"));
    must(unlink(side_path(".g")));
    make_folder(".g");
    lost_socket = listener(side_path(".h"));
    must(unlink(side_path(".h")));

    moved = listener(side_path(".m0"));
    must(rename(side_path(".m0"), side_path(".m1")));
    linked = listener(side_path(".n0"));
    must(link(side_path(".n0"), side_path(".n1")));
    must(chmod(side_path(".n0"), 0620));
    supervised = listener(side_path(".v0")); // as supervisord(8) does
    must(link(side_path(".v0"), side_path(".v1")));
    must(link(side_path(".v0"), side_path(".v2")));
    must(unlink(side_path(".v0")));
    must(symlink("elsewhere", side_path(".v0"))); // what has its name now leads nowhere

    make_folder(".j");
    int root = must(open("/", O_PATH));
    must(chroot(side_path(".j")));
    below = listener("/s");
    must(fchdir(root));
    must(chroot("."));
    close(root);

    make_folder(".l");
    must(chdir(side_path(".l")));
    relative = listener("../r");
    must(chdir("/"));
    struct address a = longest_address();
    longest = must(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
    must(bind(longest, as_sockaddr(&a), a.len));
    must(listen(longest, 4));

    int left = listener(side_path(".c"));
    a = unix_address(side_path(".c"));
    client = must(socket(AF_UNIX, SOCK_STREAM, 0));
    must(connect(client, as_sockaddr(&a), a.len));
    accepted = must(accept(left, NULL, NULL));
    close(left); // its file stays, and is nobody's
    other_inode = inode(side_path(".c"));

    // Somebody else's, who is not dumped: the harness must not be in the way of the name, so it is a file of another kind.
    other = must(open(side_path(".h"), O_CREAT | O_RDWR, 0600));
    must(write(other, "theirs", 6));
}

static void sabotage(void)
{
    must(unlink(side_path(".v2")));
}

static void expect_led(const char *what, int fd, const char *path)
{
    struct address a = unix_address(path);
    int near = must(socket(AF_UNIX, SOCK_STREAM, 0));
    expect(!connect(near, as_sockaddr(&a), a.len), "%s: connect to %s: %s", what, path, strerror(errno));
    int far = accept(fd, NULL, NULL);
    expect(far >= 0, "%s: %s leads to another socket: %s", what, path, strerror(errno));
    close(far);
    close(near);
}

static void expect_path(const char *what, int fd, const char *path)
{
    struct address a = unix_address(path);
    expect_name(what, fd, &a);
    int on;
    socklen_t len = sizeof(on);
    expect(!getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) && on, "%s does not listen", what);
}

static void check(void)
{
    struct stat found;
    char text[8] = "";
    expect_path("lost with its directory", lost, side_path(".d/e/s"));
    expect_errno("the directory", access(side_path(".d"), F_OK), ENOENT);
    expect_path("replaced by a file", lost_file, side_path(".f"));
    expect(!lstat(side_path(".f"), &found) && S_ISREG(found.st_mode) && (found.st_mode & 07777) == 0640, "the file was changed");
    expect_path("replaced by a directory", lost_folder, side_path(".g"));
    expect(!lstat(side_path(".g"), &found) && S_ISDIR(found.st_mode), "the directory was changed");
    expect_path("replaced by somebody's", lost_socket, side_path(".h"));
    expect_eq("what somebody has there", pread(other, text, 7, 0), 6);
    expect_eq("whose it is", inode(side_path(".h")), (fstat(other, &found), found.st_ino));

    expect_path("moved", moved, side_path(".m0"));
    expect_errno("old name of the moved", access(side_path(".m0"), F_OK), ENOENT);
    expect_led("moved", moved, side_path(".m1"));
    expect_path("linked", linked, side_path(".n0"));
    for (int i = 0; i < 2; i++)
        expect_led("linked", linked, side_path(".n%d", i));
    expect(!lstat(side_path(".n1"), &found) && (found.st_mode & 07777) == 0620, "mode of the linked: %o", found.st_mode);
    expect_path("supervised", supervised, side_path(".v0"));
    for (int i = 1; i < 3; i++)
        expect_led("supervised", supervised, side_path(".v%d", i));
    expect(!lstat(side_path(".v0"), &found) && S_ISLNK(found.st_mode), "the link at the name of the supervised was changed");
    char *folder = strdup(prog.report), leftover[PATH_MAX];
    *strrchr(folder, '/') = 0;
    snprintf(leftover, sizeof(leftover), "%s/.stasis-%d-bind", folder, getpid());
    free(folder);
    expect_errno("what the restore needed for it", access(leftover, F_OK), ENOENT);

    expect_path("below another root", below, "/s");
    expect_led("below another root", below, side_path(".j/s"));

    expect_path("relative", relative, "../r");
    must(chdir(side_path(".l")));
    expect_led("relative", relative, "../r");
    must(chdir("/"));
    struct address a = longest_address();
    a.len++; // getsockname(2) tells of a NUL behind it
    expect_name("longest", longest, &a);
    a.len--;
    int near = must(socket(AF_UNIX, SOCK_STREAM, 0));
    expect(!connect(near, as_sockaddr(&a), a.len), "longest: connect: %s", strerror(errno));
    close(accept(longest, NULL, NULL));
    close(near);

    a = unix_address(side_path(".c"));
    expect_name("accepted", accepted, &a);
    expect_eq("send to the accepted", send(client, "x", 1, 0), 1);
    expect_record("to the accepted", accepted, 1, 'x');
    expect_eq("file of the listener that has ended", inode(side_path(".c")), other_inode);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
