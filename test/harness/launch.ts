// SPDX-License-Identifier: GPL-2.0-only
import { spawnSync } from 'node:child_process';

export interface LaunchOptions {
  /** Default: `/`. */
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Files for the standard streams. Default: `/dev/null`; output is appended. */
  readonly input?: string;
  readonly output?: string;
  /** Keep the descriptors above 2, for a program that is to be found holding one. Default: closed. */
  readonly keep?: boolean;
}

const SCRIPT = `
echo $$
if [ -z "$LAUNCH_KEEP" ]; then
  for path in /proc/$$/fd/*; do fd=\${path##*/}; ((fd > 2 && fd < 255)) && eval "exec $fd>&-"; done
fi
input=$LAUNCH_INPUT output=$LAUNCH_OUTPUT
unset LAUNCH_KEEP LAUNCH_INPUT LAUNCH_OUTPUT
exec "$@" <"$input" >>"$output" 2>&1
`;

/**
 * Starts a command as the leader of a session of its own that is nobody's child here: init has it, as it will have the
 * restored one, and no wait of this process can meddle. Returns its pid, which is that of the command itself.
 * @throws Error where it cannot be started; a command that is not found shows in `output` only
 */
export function launch(command: readonly string[], options: LaunchOptions = {}): number {
  const { cwd = '/', env = process.env, input = '/dev/null', output = '/dev/null', keep = false } = options;
  const { stdout, error } = spawnSync('setsid', ['--fork', 'bash', '-c', SCRIPT, 'launch', ...command], {
    cwd,
    env: { ...env, LAUNCH_INPUT: input, LAUNCH_OUTPUT: output, LAUNCH_KEEP: keep ? 'yes' : '' },
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  const pid = Number(stdout);
  if (error || !(pid > 0)) throw new Error(`${command[0]} could not be started: ${error?.message ?? stdout}`);
  return pid;
}
