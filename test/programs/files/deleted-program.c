// SPDX-License-Identifier: GPL-2.0-only
// A program whose own file was deleted while it runs, as after an upgrade.
// A wrong restore is noticed as text or data that differ, or an exe link to something that is not deleted.
#include "../procfs.h"

static const char text[] = "a constant in the deleted file";
static char data[] = "data of the deleted file";
static char *path;

static void setup(void)
{
    path = side_path(".copy");
    if (!prog.argc) { // copies itself and becomes the copy
        char *const next[] = {path, prog.report, "copy", NULL};
        int to = must(open(path, O_WRONLY | O_CREAT, 0700)), from = must(open("/proc/self/exe", O_RDONLY));
        char buffer[65536];
        for (ssize_t len; (len = must(read(from, buffer, sizeof(buffer)))) > 0;)
            must(write(to, buffer, len));
        close(to);
        close(from);
        must(execv(path, next));
    }
    must(unlink(path));
    data[0] = 'D';
}

static void sabotage(void)
{
    data[1] = 'A';
}

static void check(void)
{
    char link[PATH_MAX] = "", line[PATH_MAX + 200] = "";
    must(readlink("/proc/self/exe", link, sizeof(link) - 1));
    expect(strstr(link, "(deleted)"), "exe is '%s'", link);
    expect_str("constant", text, "a constant in the deleted file");
    expect_str("data", data, "Data of the deleted file");
    smaps_line((const void *)check, NULL, line, sizeof(line));
    expect(strstr(line, "r-xp") && strstr(line, "(deleted)"), "the text's mapping is '%s'", line);
    expect_errno("the name", access(path, F_OK), ENOENT);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
