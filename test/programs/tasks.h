// SPDX-License-Identifier: GPL-2.0-only
// Children that are asked things. Question and answer are files beside the report, so that asking adds no descriptor,
// no shared memory and no signal to the state under test: `.ask-NAME` (question) and `.answer-NAME`.
#ifndef STASIS_PROGRAMS_TASKS_H
#define STASIS_PROGRAMS_TASKS_H

#include "common.h"

static char answer_text[ANSWER_MAX];
static int leave_code = -1; // set by a handler: answer, then exit with this code

typedef void (*ask_handler)(const char *question);

// What a handler answers when it is not simply "ok" or its failure.
__attribute__((format(printf, 1, 2))) static inline void answer(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(answer_text, sizeof(answer_text), format, args);
    va_end(args);
}

static inline ssize_t take_file(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t len = read(fd, text, size - 1);
    close(fd);
    unlink(path);
    text[len < 0 ? 0 : len] = 0;
    return len;
}

static inline void put_file(const char *path, const char *text)
{
    char temporary[PATH_MAX + 64];
    snprintf(temporary, sizeof(temporary), "%s~", path);
    int fd = must(open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    must(write(fd, text, strlen(text)));
    close(fd);
    must(rename(temporary, path));
}

__attribute__((noreturn)) static inline void serve(const char *name, ask_handler handler)
{
    char question[256], *ask_path = side_path(".ask-%s", name), *answer_path = side_path(".answer-%s", name);
    for (int idle = 0; !program_over() && idle < IDLE_POLLS; idle++) {
        if (take_file(ask_path, question, sizeof(question)) > 0) {
            idle = 0;
            prog.failed = 0;
            strcpy(answer_text, "ok");
            handler(question);
            if (prog.failed)
                snprintf(answer_text, sizeof(answer_text), "fail: %.*s", ANSWER_MAX - 10, prog.failure);
            put_file(answer_path, answer_text);
            if (leave_code >= 0)
                _exit(leave_code);
        }
        poll_wait();
    }
    _exit(0);
}

// The answer to a question; a child that does not answer in 30 s is a failure with the answer "".
static inline const char *ask_text(const char *name, const char *question)
{
    static char text[ANSWER_MAX];
    char *ask_path = side_path(".ask-%s", name), *answer_path = side_path(".answer-%s", name);
    unlink(answer_path);
    put_file(ask_path, question);
    bool came = wait_for(take_file(answer_path, text, sizeof(text)) > 0, 30000);
    if (!came) {
        fail("task %s: does not answer '%s'", name, question);
        text[0] = 0;
    }
    free(ask_path);
    free(answer_path);
    return text;
}

// A question whose answer is "ok"; the child's failures become ours.
__attribute__((format(printf, 2, 3))) static inline void ask(const char *name, const char *format, ...)
{
    char question[256];
    va_list args;
    va_start(args, format);
    vsnprintf(question, sizeof(question), format, args);
    va_end(args);
    const char *text = ask_text(name, question);
    expect(!strcmp(text, "ok"), "task %s: %s", name, text);
}

static inline void remember_child(pid_t pid)
{
    if (prog.child_count == (int)ARRAY_LEN(prog.children))
        die("more than %d children", prog.child_count);
    prog.children[prog.child_count++] = pid;
}

// A child that runs `body` and never returns from it.
static inline pid_t fork_child(void (*body)(void))
{
    pid_t pid = must(fork());
    if (pid == 0) {
        prog.child_count = 0;
        body();
        _exit(0);
    }
    remember_child(pid);
    return pid;
}

// A child that serves `handler` as NAME; it is serving when this returns.
static inline pid_t fork_server(const char *name, ask_handler handler)
{
    pid_t pid = must(fork());
    if (pid == 0) {
        prog.child_count = 0;
        serve(name, handler);
    }
    remember_child(pid);
    ask(name, "hello");
    return pid;
}

// program_end() is not to kill this one (it is gone and reaped already).
static inline void forget_child(pid_t pid)
{
    for (int i = 0; i < prog.child_count; i++)
        if (prog.children[i] == pid) {
            prog.children[i] = prog.children[--prog.child_count];
            return;
        }
}

// Whether the question begins with this word; *rest is what follows it.
static inline bool asked(const char *question, const char *word, const char **rest)
{
    size_t len = strlen(word);
    if (strncmp(question, word, len) || (question[len] && question[len] != ' '))
        return false;
    if (rest)
        *rest = question[len] ? question + len + 1 : "";
    return true;
}

#endif
