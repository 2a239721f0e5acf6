// SPDX-License-Identifier: GPL-2.0-only
// POSIX semaphores with a name: who made one has it mapped by a temporary name that is gone (sem_open links it to its
// name), a child by its name. And a file that was linked into the folder beside its own, as mails are, open and mapped.
// A wrong restore is noticed as a semaphore or a file that is another than what the name leads to.
#include "../tasks.h"
#include <semaphore.h>

static char name[64], *mail, *delivered;
static sem_t *made, *opened;
static int fd;
static char *mapped;

static void handler(const char *question)
{
    if (asked(question, "post", NULL))
        must(sem_post(opened));
}

static void child(void)
{
    opened = sem_open(name, O_RDWR);
    if (opened == SEM_FAILED)
        die("sem_open: %s", strerror(errno));
    serve("child", handler);
}

static int value(sem_t *sem)
{
    int value = -1;
    must(sem_getvalue(sem, &value));
    return value;
}

static void setup(void)
{
    snprintf(name, sizeof(name), "/stasis-program-%d", getpid());
    made = sem_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, 3);
    if (made == SEM_FAILED)
        skip("no named semaphores here: %s", strerror(errno));
    fork_child(child);
    char *tmp = side_path(".tmp"), *new = side_path(".new");
    mkdir(tmp, 0700);
    mkdir(new, 0700);
    mail = side_path(".tmp/mail");
    delivered = side_path(".new/mail");
    fd = must(open(mail, O_RDWR | O_CREAT, 0600));
    must(pwrite(fd, "mail", 4, 0));
    mapped = must(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0));
    must(link(mail, delivered));
    must(unlink(mail));
    ask("child", "hello");
}

static void sabotage(void)
{
    must(sem_unlink(name));
    sem_t *other = sem_open(name, O_CREAT | O_EXCL, 0600, 9);
    if (other == SEM_FAILED)
        die("sem_open: %s", strerror(errno));
}

static void check(void)
{
    expect_eq("value", value(made), 3);
    ask("child", "post");
    expect_eq("value after the child's post", value(made), 4);
    sem_t *again = sem_open(name, O_RDWR); // the C library may give its own mapping again
    expect(again != SEM_FAILED && value(again) == 4, "the name leads to another semaphore");
    char path[96];
    uint64_t file = 0;
    snprintf(path, sizeof(path), "/dev/shm/sem.%s", name + 1);
    int other = must(open(path, O_RDONLY));
    must(read(other, &file, sizeof(file)));
    close(other);
    expect_mem("the file of its name", made, &file, sizeof(file));
    must(sem_wait(made));

    struct stat held, there;
    must(fstat(fd, &held));
    must(stat(delivered, &there));
    expect(held.st_ino == there.st_ino && held.st_dev == there.st_dev, "the mail is another file");
    expect_mem("the mail's mapping", mapped, "mail", 4);
    expect_errno("the first name", access(mail, F_OK), ENOENT);
}

static void teardown(void)
{
    sem_unlink(name);
}

int main(int argc, char **argv)
{
    return program_run(argc, argv, (struct steps){setup, check, sabotage, teardown});
}
