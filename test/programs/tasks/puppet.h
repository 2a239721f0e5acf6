// SPDX-License-Identifier: GPL-2.0-only
// A child that forks, changes group or session and says who it is, as it is told.
#ifndef STASIS_PROGRAMS_PUPPET_H
#define STASIS_PROGRAMS_PUPPET_H

#include "../procfs.h"
#include "../tasks.h"

static inline void puppet_identity(char *text, size_t size)
{
    struct stat_ids ids = stat_ids(getpid());
    snprintf(text, size, "pid %d ppid %d pgid %d sid %d stat %d %d %d", getpid(), getppid(), getpgrp(), getsid(0), ids.ppid,
             ids.pgrp, ids.session);
}

static inline void puppet_handler(const char *question)
{
    const char *rest;
    char text[200];
    if (asked(question, "identity", NULL)) {
        puppet_identity(text, sizeof(text));
        answer("%s", text);
    } else if (asked(question, "fork", &rest)) {
        char name[64];
        snprintf(name, sizeof(name), "%s", rest);
        if (must(fork()) == 0)
            serve(name, puppet_handler);
    } else if (asked(question, "setsid", NULL)) {
        must(setsid());
    } else if (asked(question, "setpgid", &rest)) {
        must(setpgid(0, atoi(rest)));
    } else if (asked(question, "subreaper", &rest)) {
        must(prctl(PR_SET_CHILD_SUBREAPER, atoi(rest)));
    } else if (asked(question, "exit", &rest)) {
        leave_code = atoi(rest);
    }
}

struct puppet {
    const char *name;
    char identity[200];
    int pid;
};

static inline void puppet_remember(struct puppet *p)
{
    snprintf(p->identity, sizeof(p->identity), "%s", ask_text(p->name, "identity"));
    if (sscanf(p->identity, "pid %d", &p->pid) != 1)
        die("puppet %s has no identity: '%s'", p->name, p->identity);
}

static inline void puppet_expect_same(const struct puppet *p)
{
    expect_str(p->name, ask_text(p->name, "identity"), p->identity);
}

#endif
