// SPDX-License-Identifier: GPL-2.0-only
// oom_score_adj, coredump_filter and personality of two children, other than the leader's; a registration for membarrier(2).
// The children's names are not UTF-8. A wrong restore is noticed as another value in /proc or from personality(2), or a membarrier(2) that is not permitted.
#include "../procfs.h"
#include "../tasks.h"
#include <linux/membarrier.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define NAME "na\xff\xfeme"

static const struct kind {
    const char *name;
    int score, filter;
    unsigned long personality;
} kinds[] = {
    {"first", 321, 0x7f, ADDR_NO_RANDOMIZE | STICKY_TIMEOUTS},
    {"second", 1000, 0, READ_IMPLIES_EXEC | UNAME26},
};
static const struct kind *mine;
static int own_score;

static int score_of(pid_t pid)
{
    char text[32] = "-9999";
    read_text(text, sizeof(text), "/proc/%d/oom_score_adj", pid);
    return atoi(text);
}

static void set_own(const char *path, int value)
{
    char text[16];
    int fd = must(open(path, O_WRONLY));
    snprintf(text, sizeof(text), "%d", value);
    must(write(fd, text, strlen(text)));
    close(fd);
}

static int filter_of(pid_t pid)
{
    char text[32] = "-1";
    read_text(text, sizeof(text), "/proc/%d/coredump_filter", pid);
    return strtol(text, NULL, 16);
}

static void handler(const char *question)
{
    if (asked(question, "sabotage", NULL))
        set_own("/proc/self/oom_score_adj", mine->score + 1);
    if (!asked(question, "check", NULL))
        return;
    expect_eq("oom_score_adj", score_of(getpid()), mine->score);
    char name[16] = "";
    must(prctl(PR_GET_NAME, name));
    expect_str("name", name, NAME);
    expect_eq("coredump_filter", filter_of(getpid()), mine->filter);
    expect_eq("membarrier", syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0), 0);
    expect_eq("personality", personality(0xffffffff), mine->personality);
    // What is mapped already does not become executable by READ_IMPLIES_EXEC.
    char flags[256] = "";
    smaps_line(kinds, "VmFlags", flags, sizeof(flags));
    expect(strstr(flags, "rd") && !strstr(flags, " ex"), "flags of constants: '%s'", flags);
}

static void child(void)
{
    must(prctl(PR_SET_NAME, NAME));
    set_own("/proc/self/oom_score_adj", mine->score);
    set_own("/proc/self/coredump_filter", mine->filter);
    must(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
    must(personality(mine->personality));
    serve(mine->name, handler);
}

static void setup(void)
{
    own_score = score_of(getpid());
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        mine = &kinds[i];
        fork_child(child);
        ask(mine->name, "check");
    }
}

static void sabotage(void)
{
    ask("first", "sabotage");
}

static void check(void)
{
    expect_eq("oom_score_adj of the leader", score_of(getpid()), own_score);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        ask(kinds[i].name, "check");
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){.setup = setup, .check = check, .sabotage = sabotage});
}
