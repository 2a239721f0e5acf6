// SPDX-License-Identifier: GPL-2.0-only
// A deleted file of a folder with a default access control list (acl(5)), which it has got its own from.
// A wrong restore is noticed as a file without that list, or with another one.
#include "fds.h"
#include <sys/xattr.h>

struct entry {
    uint16_t tag, permissions;
    uint32_t id;
};
// struct posix_acl_xattr_header and its entries: owner, user 12345, group, mask, others.
static struct {
    uint32_t version;
    struct entry entries[5];
} folders = {2, {{1, 7, -1}, {2, 6, 12345}, {4, 5, -1}, {16, 7, -1}, {32, 0, -1}}}, own, is;
static int file;

static void setup(void)
{
    char *folder = side_path(".acl");
    must(mkdir(folder, 0700));
    if (setxattr(folder, "system.posix_acl_default", &folders, sizeof(folders), 0))
        skip("access control lists: %s", strerror(errno));
    char *path = side_path(".acl/file");
    file = must(open(path, O_RDWR | O_CREAT | O_EXCL, 0640));
    must(write(file, "content", 7));
    must(unlink(path));
    expect_eq("bytes of the list", must(fgetxattr(file, "system.posix_acl_access", &own, sizeof(own))), sizeof(own));
}

static void sabotage(void)
{
    own.entries[1].permissions = 1;
    must(fsetxattr(file, "system.posix_acl_access", &own, sizeof(own), 0));
    own.entries[1].permissions = 6;
}

static void check(void)
{
    char text[8] = "";
    expect_eq("bytes of the list", fgetxattr(file, "system.posix_acl_access", &is, sizeof(is)), sizeof(is));
    expect_mem("the list", &is, &own, sizeof(own));
    expect(pread(file, text, 7, 0) == 7 && !memcmp(text, "content", 7), "another content: %s", text);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
