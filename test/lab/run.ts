// SPDX-License-Identifier: GPL-2.0-only
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a program that must succeed. @throws Error with what it said, or that it is not installed */
export async function must(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 1 << 28, ...options });
    return stdout;
  } catch (thrown) {
    const { code, stderr, message } = thrown as { code?: unknown; stderr?: string; message: string };
    if (code === 'ENOENT') throw new Error(`the lab needs ${program}: scripts/setup cross lab installs its packages`);
    throw new Error(`${program} failed: ${stderr?.trim() || message}`);
  }
}
