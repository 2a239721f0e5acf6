// SPDX-License-Identifier: GPL-2.0-only
// Runs the command line on harmless work in one process, so that V8 compiles what a dump and a restore need, and
// keeps the compiled code: see code-cache.ts.
'use strict';

const { spawn } = require('node:child_process');
const { mkdtempSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { load } = require('../../bin/stasis');

async function warmUp() {
  const { main, keep } = load();
  const folder = mkdtempSync(join(tmpdir(), 'stasis-warm-up-'));
  const images = join(folder, 'images');
  const target = spawn('sleep', ['60'], { stdio: 'ignore', detached: true });
  try {
    // Neither harms anything, and where they are not permitted their errors are as good for warming up.
    await main(['dump', String(target.pid), '--images-dir', images, '--leave-running', '--shell-job', '--json']);
    await main(['restore', '--images-dir', images, '--plan', '--shell-job', '--json']);
    await main(['dump', '--no-such-flag']);
  } finally {
    target.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  }
  keep();
}

warmUp().then(() => process.exit(0));
