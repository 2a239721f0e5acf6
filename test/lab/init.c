// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of a machine of the lab, static, in its initial ramdisk. It loads the modules that are listed beside it, takes the
 * first disk as root and the second as /lab, gives /lab/run.sh the terminal for its output, reaps whatever becomes an
 * orphan, and says in the last line how the script ended. Whatever fails here ends in a panic, which ends the machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define TERMINAL "/dev/hvc0"

static void must(int result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "lab init: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void load_modules(void)
{
	char name[256];
	FILE *list = fopen("/modules/list", "r");

	must(list ? 0 : -1, "list of modules");
	while (fgets(name, sizeof(name), list)) {
		int file;

		name[strcspn(name, "\n")] = 0;
		file = open(name, O_RDONLY | O_CLOEXEC);
		must(file, name);
		if (syscall(SYS_finit_module, file, "", 0) < 0 && errno != EEXIST)
			must(-1, name);
		close(file);
	}
	fclose(list);
}

/* Devices are found while we run. */
static void wait_for(const char *path)
{
	for (int tries = 0; access(path, F_OK) != 0; tries++) {
		must(tries < 3000 ? 0 : -1, path);
		usleep(10000);
	}
}

static void mount_at(const char *source, const char *target, const char *type, unsigned long flags, const char *data)
{
	mkdir(target, 0755);
	must(mount(source, target, type, flags, data), target);
}

static void enter_root(void)
{
	wait_for("/dev/vda");
	wait_for("/dev/vdb");
	mount_at("/dev/vda", "/root", "ext4", 0, NULL);
	mount_at("/dev/vdb", "/root/lab", "ext4", 0, NULL);
	must(mount("/dev", "/root/dev", NULL, MS_MOVE, NULL), "move /dev");
	must(chdir("/root"), "/root");
	must(mount(".", "/", NULL, MS_MOVE, NULL), "move the root");
	must(chroot("."), "chroot");
	must(chdir("/"), "/");
	mount_at("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	mount_at("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	mount_at("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "mode=620,ptmxmode=666");
	mount_at("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, NULL);
	mount_at("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
	mount_at("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
	mount_at("cgroup2", "/sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	/* As a system's init does it; also what unshare(1) expects. */
	must(mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL), "share the mounts");
}

static pid_t start(void)
{
	/* As systemd has it; the kernel's own hard limit is 4096. */
	const struct rlimit descriptors = { .rlim_cur = 1024, .rlim_max = 524288 };
	pid_t child = fork();

	must(child, "fork");
	if (child > 0)
		return child;
	must(setrlimit(RLIMIT_NOFILE, &descriptors), "RLIMIT_NOFILE");
	setsid();
	int terminal = open(TERMINAL, O_RDWR);
	must(terminal, TERMINAL);
	struct termios as_it_comes;
	tcgetattr(terminal, &as_it_comes);
	as_it_comes.c_oflag &= ~(tcflag_t)OPOST;
	tcsetattr(terminal, TCSANOW, &as_it_comes);
	for (int fd = 0; fd < 3; fd++)
		dup2(terminal, fd);
	if (terminal > 2)
		close(terminal);
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("LANG", "C.UTF-8", 1);
	execl("/bin/sh", "sh", "/lab/run.sh", NULL);
	perror("/lab/run.sh");
	_exit(127);
}

int main(void)
{
	int status;
	pid_t script, ended;
	FILE *terminal;

	mount_at("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	load_modules();
	enter_root();
	wait_for(TERMINAL);
	script = start();
	do
		ended = wait(&status);
	while (ended != script);
	terminal = fopen(TERMINAL, "w");
	must(terminal ? 0 : -1, TERMINAL);
	fprintf(terminal, "\nlab: ended with %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	fclose(terminal);
	terminal = fopen(TERMINAL, "r+");
	if (terminal)
		tcdrain(fileno(terminal));
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
