// SPDX-License-Identifier: GPL-2.0-only
// A child with four different user and group ids, groups, five different capability sets and locked securebits, and one
// that gave up root altogether (no capability left to restore itself with) while dumpable.
// A wrong restore is noticed as another line of the child's status, or another result of prctl.
#include "../procfs.h"
#include "../tasks.h"
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/fsuid.h>

#define BIT(cap) (1ULL << (cap))

static const char *const lines[] = {"Uid",    "Gid",    "Groups", "CapInh",     "CapPrm",
                                    "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp"};
static char saved[2][ANSWER_MAX];
static const char *const names[] = {"split", "plain"};

static void describe(char *text, size_t size)
{
    size_t len = 0;
    uid_t r, e, s;
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        char value[256];
        status_field(getpid(), 0, lines[i], value, sizeof(value));
        len += snprintf(text + len, size - len, "%s=%s; ", lines[i], value);
    }
    must(getresuid(&r, &e, &s));
    snprintf(text + len, size - len, "securebits=%x keepcaps=%d dumpable=%d ids=%d/%d/%d", prctl(PR_GET_SECUREBITS),
             prctl(PR_GET_KEEPCAPS), prctl(PR_GET_DUMPABLE), r, e, s);
}

static void set_caps(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    for (int i = 0; i < 2; i++)
        data[i] = (struct __user_cap_data_struct){effective >> (32 * i), permitted >> (32 * i), inheritable >> (32 * i)};
    must(syscall(SYS_capset, &header, data));
}

static void handler(const char *question)
{
    char text[ANSWER_MAX];
    if (asked(question, "describe", NULL)) {
        describe(text, sizeof(text));
        answer("%s", text);
    } else if (asked(question, "sabotage", NULL)) {
        setfsuid(7);
    }
}

static void split(void)
{
    gid_t groups[] = {5, 70, 30000, 4000000000};
    uint64_t keep = BIT(CAP_DAC_OVERRIDE) | BIT(CAP_NET_ADMIN) | BIT(CAP_KILL) | BIT(CAP_SETUID) | BIT(CAP_SYS_TIME);
    must(setgroups(ARRAY_LEN(groups), groups));
    must(setresgid(101, 102, 103));
    setfsgid(104);
    must(prctl(PR_CAPBSET_DROP, CAP_SYS_BOOT));
    must(prctl(PR_CAPBSET_DROP, CAP_MKNOD));
    must(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_NOROOT | SECBIT_KEEP_CAPS));
    set_caps(~0ULL & ~BIT(CAP_SYS_RESOURCE) & 0x1ffffffffff, ~0ULL & ~BIT(CAP_SYS_RESOURCE) & 0x1ffffffffff,
             BIT(CAP_NET_ADMIN) | BIT(CAP_SYS_TIME));
    must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0));
    must(setresuid(201, 202, 203));
    setfsuid(204);
    set_caps(BIT(CAP_DAC_OVERRIDE) | BIT(CAP_KILL) | BIT(CAP_SETUID), keep, BIT(CAP_NET_ADMIN) | BIT(CAP_SYS_TIME));
    must(prctl(PR_SET_DUMPABLE, 1));
    serve(names[0], handler);
}

// Works with relative paths in a folder of its own: the folders above may be closed to it now.
static void plain(void)
{
    char *folder = side_path(".plain");
    must(chdir(folder));
    must(chown(".", 65534, 65534));
    must(setgroups(0, NULL));
    must(setresgid(65534, 65534, 65534));
    must(setresuid(65534, 65534, 65534));
    strcpy(prog.report, "report");
    serve(names[1], handler);
}

static const char *ask_one(int which, const char *question)
{
    char *report_path = strdup(prog.report);
    if (which == 1)
        strcpy(prog.report, side_path(".plain/report"));
    const char *text = ask_text(names[which], question);
    strcpy(prog.report, report_path);
    free(report_path);
    return text;
}

static void setup(void)
{
    if (geteuid())
        skip("needs root");
    char *folder = side_path(".plain");
    must(mkdir(folder, 0700));
    close(must(creat(side_path(".plain/report"), 0644)));
    fork_child(split);
    fork_child(plain);
    for (int i = 0; i < 2; i++)
        strcpy(saved[i], ask_one(i, "describe"));
    expect(strstr(saved[0], "Uid=201 202 203 204") && strstr(saved[1], "CapEff=0000000000000000"), "set up as '%s', '%s'",
           saved[0], saved[1]);
}

static void sabotage(void)
{
    ask_one(0, "sabotage");
}

static void check(void)
{
    for (int i = 0; i < 2; i++)
        expect_str(names[i], ask_one(i, "describe"), saved[i]);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
