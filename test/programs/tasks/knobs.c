// SPDX-License-Identifier: GPL-2.0-only
// oom_score_adj and personality of two children, other than the leader's.
// A wrong restore is noticed as another value in /proc or from personality(2).
#include "../procfs.h"
#include "../tasks.h"
#include <sys/personality.h>

static const struct kind {
    const char *name;
    int score;
    unsigned long personality;
} kinds[] = {
    {"first", 321, ADDR_NO_RANDOMIZE | STICKY_TIMEOUTS},
    {"second", 1000, READ_IMPLIES_EXEC | UNAME26},
};
static const struct kind *mine;
static int own_score;

static int score_of(pid_t pid)
{
    char text[32] = "-9999";
    read_text(text, sizeof(text), "/proc/%d/oom_score_adj", pid);
    return atoi(text);
}

static void set_score(int score)
{
    char text[16];
    int fd = must(open("/proc/self/oom_score_adj", O_WRONLY));
    snprintf(text, sizeof(text), "%d", score);
    must(write(fd, text, strlen(text)));
    close(fd);
}

static void handler(const char *question)
{
    if (asked(question, "sabotage", NULL))
        set_score(mine->score + 1);
    if (!asked(question, "check", NULL))
        return;
    expect_eq("oom_score_adj", score_of(getpid()), mine->score);
    expect_eq("personality", personality(0xffffffff), mine->personality);
}

static void child(void)
{
    set_score(mine->score);
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
