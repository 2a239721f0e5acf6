// SPDX-License-Identifier: GPL-2.0-only
// warm-up.cjs dump|restore: runs the command line on harmless work, so that V8 compiles what a dump or a restore needs,
// and keeps the compiled code: see code-cache.ts.
'use strict';

const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { load } = require('../../bin/stasis');

const DUMP = ['dump', '--shell-job'];
const HARMLESS = {
  // To the end, as most dumps go: with the look before the kill.
  dump: (pid, images) => [...DUMP, pid, '--images-dir', images],
  // Not only its plan: what comes behind the plan would be compiled anew by every restore.
  restore: (_pid, images) => ['restore', '--shell-job', '--images-dir', images, '--detach'],
};

async function warmUp(use) {
  const folder = mkdtempSync(join(tmpdir(), 'stasis-warm-up-'));
  const images = join(folder, 'images');
  const { shell, pid } = await background();
  try {
    if (use === 'restore') spawnSync(process.execPath, ['bin/stasis', ...DUMP, pid, '--images-dir', images]);
    const { main, keep } = load(use);
    // Where it is not permitted, its error is as good for warming up.
    await main(HARMLESS[use](pid, images));
    keep();
  } finally {
    kill(Number(pid));
    shell.kill();
    rmSync(folder, { recursive: true });
  }
}

/** A process of no consequence. No child of this one, which would be told of its stops before the dump is; but of one that buries it. */
async function background() {
  const script = 'bash scripts/lib/detached sleep 60 >/dev/null & echo $!; wait';
  const shell = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(shell.stdout, 'data');
  return { shell, pid: String(line).trim() };
}

/** It may be gone: dumped, and not restored for want of a permission. */
function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

warmUp(process.argv[2]).then(() => process.exit(0));
