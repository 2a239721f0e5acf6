// SPDX-License-Identifier: GPL-2.0-only
import { spawn } from 'node:child_process';
import { root } from './root.js';

export interface RunResult {
  readonly code: number;
  /** stdout and stderr as they came; empty unless captured. */
  readonly output: string;
  /** stdout alone. */
  readonly stdout: string;
}

export interface RunOptions {
  readonly capture?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program of the checkout; tools from node_modules come first in the path. Never rejects for an exit code. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const env = { ...process.env, ...options.env, PATH: `${root}/node_modules/.bin:${process.env['PATH']}` };
  const stdio = options.capture ? (['ignore', 'pipe', 'pipe'] as const) : (['ignore', 'inherit', 'inherit'] as const);
  const child = spawn(program, args, { cwd: root, env, stdio: [...stdio] });
  let output = '';
  let stdout = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (stream === child.stdout) stdout += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output, stdout }));
  });
}
