// SPDX-License-Identifier: GPL-2.0-only
import { readdirSync } from 'node:fs';
import { run } from './run.js';

/** Machines as Rust and as Node call them. */
const MACHINES: Readonly<Record<string, string>> = { x86_64: 'x64', aarch64: 'arm64' };

/** `aarch64-unknown-linux-gnu` → `linux-arm64-gnu`. */
export function platformOf(target: string): string {
  const [machine = '', , system, library] = target.split('-');
  const arch = MACHINES[machine];
  if (arch === undefined || system !== 'linux' || library === undefined) throw new Error(`nothing is built for ${target}`);
  return `linux-${arch}-${library}`;
}

/** What Rust calls this machine. */
export function ownTarget(): string {
  const [machine = process.arch] = Object.entries(MACHINES).find(([, arch]) => arch === process.arch) ?? [];
  return `${machine}-unknown-linux-gnu`;
}

/**
 * The environment with a compiler that has the standard library for a target: that of the toolchain in use, or else Debian's,
 * whose library for other machines is a package (a toolchain's own comes from where not everybody may download).
 */
export async function rustcFor(target: string): Promise<Record<string, string>> {
  for (const compiler of ['rustc', '/usr/bin/rustc']) {
    const asked = await run(compiler, ['--print', 'target-libdir', '--target', target], { capture: true }).catch(() => undefined);
    if (asked?.code === 0 && hasStandardLibrary(asked.output.trim())) {
      return compiler === 'rustc' ? {} : { RUSTC: compiler };
    }
  }
  throw new Error(`no compiler has the standard library for ${target}: scripts/setup cross installs one of Debian`);
}

function hasStandardLibrary(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => /^libstd-.*\.rlib$/.test(name));
  } catch {
    return false;
  }
}
