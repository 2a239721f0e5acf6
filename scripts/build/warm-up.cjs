// SPDX-License-Identifier: GPL-2.0-only
// warm-up.cjs dump|restore: runs the command line on harmless work, so that V8 compiles what a dump or a restore needs,
// and keeps the compiled code: see code-cache.ts.
'use strict';

const { execFileSync, spawnSync } = require('node:child_process');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { load } = require('../../bin/stasis');

const HARMLESS = {
  dump: (pid, images) => ['dump', pid, '--images-dir', images, '--leave-running', '--shell-job'],
  restore: (_pid, images) => ['restore', '--images-dir', images, '--plan', '--shell-job'],
};

async function warmUp(use) {
  const folder = mkdtempSync(join(tmpdir(), 'stasis-warm-up-'));
  const images = join(folder, 'images');
  // No child of this process, which would be told of its stops before the dump is.
  const background = ['-c', 'bash scripts/lib/detached sleep 60 >/dev/null & echo $!'];
  const pid = execFileSync('sh', background, { encoding: 'utf8' }).trim();
  try {
    if (use === 'restore') spawnSync(process.execPath, ['bin/stasis', ...HARMLESS.dump(pid, images)]);
    const { main, keep } = load(use);
    // Where it is not permitted, its error is as good for warming up.
    await main(HARMLESS[use](pid, images));
    keep();
  } finally {
    process.kill(Number(pid), 'SIGKILL');
    rmSync(folder, { recursive: true });
  }
}

warmUp(process.argv[2]).then(() => process.exit(0));
