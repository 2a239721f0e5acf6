// SPDX-License-Identifier: GPL-2.0-only
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const BIN = fileURLToPath(new URL('../../bin/stasis', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built `stasis` and waits for its end. */
export function stasis(...args: string[]): Promise<Outcome> {
  return outcomeOf(BIN, ...args);
}

/** The same of any command. */
export function outcomeOf(program: string, ...args: string[]): Promise<Outcome> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
    });
  });
}

/** The same with `--json`, and what it printed. */
export async function stasisJson(...args: string[]): Promise<Outcome & { readonly json: unknown }> {
  const outcome = await stasis(...args, '--json');
  return { ...outcome, json: JSON.parse(outcome.stdout) };
}
