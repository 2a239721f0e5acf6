// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the namespace that the tests run in. Restored trees and orphans of the tests become its children: it reaps
 * them, as a restored pid could not be taken again otherwise. It leaves its own signal mask and terminal to the command
 * untouched, which a shell in its place would not; but SIGINT and SIGQUIT, which shells make their background jobs
 * ignore, have their default actions again, as tests send them.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	sigset_t handled, before;
	pid_t command;

	if (argc < 2) {
		fprintf(stderr, "usage: init COMMAND [ARGUMENT...]\n");
		return 2;
	}
	sigemptyset(&handled);
	sigaddset(&handled, SIGCHLD);
	sigaddset(&handled, SIGTERM);
	sigaddset(&handled, SIGHUP);
	sigprocmask(SIG_BLOCK, &handled, &before);

	command = fork();
	if (command < 0) {
		perror("init: fork");
		return 2;
	}
	if (command == 0) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		signal(SIGINT, SIG_DFL);
		signal(SIGQUIT, SIG_DFL);
		execvp(argv[1], argv + 1);
		fprintf(stderr, "init: cannot run %s: %s\n", argv[1], strerror(errno));
		_exit(127);
	}

	for (;;) {
		int status, signal = sigwaitinfo(&handled, NULL);
		pid_t ended;

		if (signal == SIGTERM || signal == SIGHUP)
			kill(command, signal);
		while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
			if (ended != command)
				continue;
			/* All that is left in the namespace ends with this process. */
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		}
	}
}
