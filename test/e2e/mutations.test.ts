// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/root.js';
import { run } from '../../scripts/lib/run.js';
import { needing } from '../harness/needs.js';
import { scratch } from './lib/scratch.js';

/** Fields altered, `STASIS_MUTATIONS` of them, from those of `STASIS_MUTATION_SEED` on. */
const COUNT = Number(process.env['STASIS_MUTATIONS'] ?? 300);
const SEED = Number(process.env['STASIS_MUTATION_SEED'] ?? 1);
const WORKER = join(root, 'build/tests/test/e2e/lib/mutation-worker.js');
/** The tests themselves run under it. */
const INIT = join(root, 'build/harness/init');

const test = needing({ root: true, programs: ['python3', 'unshare'] });

test(`${COUNT} images altered so that every checksum is right: refused by name, or a tree that can be ended; nothing is left`, async (t) => {
  t.timeout(60_000 + COUNT * 2000);
  const folder = scratch(t);
  const alone = ['--pid', '--fork', '--mount-proc', '--kill-child=SIGKILL', INIT];
  const worker = [process.execPath, '--enable-source-maps', WORKER, folder, `${SEED}`, `${COUNT}`];
  const { code, output } = await run('unshare', [...alone, ...worker], { capture: true });
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  const last = lines.pop() ?? '';
  const now = join(folder, 'now');
  t.is(code, 0, `${output}\nwhile trying ${existsSync(now) ? readFileSync(now, 'utf8') : 'nothing yet'}`);
  t.deepEqual(lines, []);
  t.log(last);
});
