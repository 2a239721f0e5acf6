// SPDX-License-Identifier: GPL-2.0-only
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { verifyImages } from '../../src/images/tools.js';
import { plan, StasisError } from '../../src/index.js';
import { alone } from '../harness/alone.js';
import { needing } from '../harness/needs.js';
import { stasis, stasisJson } from '../harness/stasis.js';
import type { Session } from '../programs/session.js';
import { commandLine, dumpGone } from './lib/driver.js';
import { isTraced, Running, waitHere } from './lib/dump-process.js';
import { scratch } from './lib/scratch.js';
import { allAdvance, complaints, started } from './lib/survivor.js';

/**
 * `stasis dump` is killed at random instants, most of them while the target is frozen. The target verifies itself all
 * the time and must not notice. `STASIS_KILLS` is the number of kills.
 */
const KILLS = Number(process.env['STASIS_KILLS'] ?? 300);
/** One in so many kills comes at any time from the start of the process, the others while the target is held. */
const ANYWHERE = 8;
/** These come within this part of the time for which an undisturbed dump held it, as not all take equally long. */
const AIM = 0.9;

needing({ root: true })(`the target survives ${KILLS} kills of its dump`, async (t) => {
  const folder = scratch(t);
  // Of its own: dumps of other tests clear what these leave, too, and it is looked at here first.
  const state = join(scratch(t), 'state');
  process.env['STASIS_STATE_DIR'] = state;
  await alone(t, 'cores');
  const session = await started(t, 'torture/survivor');
  const { wallMs, frozenMs } = await measured(session, join(folder, 'measured'));

  const seen = { frozen: 0, ended: 0, others: 0, whole: 0, leftovers: 0 };
  // On a busy machine more are missed: it goes on until enough have come while the target was frozen.
  for (let n = 1; n <= KILLS || (seen.frozen <= KILLS / 2 && n <= 3 * KILLS); n++) {
    const images = join(folder, `images-${n}`);
    const dump = new Running('dump', `${session.pid}`, '--images-dir', images, '--leave-running');
    if (n % ANYWHERE === 0) waitHere(Math.random() * 2 * wallMs);
    else if (dump.freezes(session.pid)) waitHere(Math.random() * AIM * frozenMs);
    const frozen = isTraced(session.pid);
    dump.send('SIGKILL');
    const { signal, code, stderr } = await dump.outcome;
    // On a busy machine a dump may be over before it is killed.
    const ended = signal === null;
    if (ended) t.is(code, 0, `dump ${n} has ended before the kill, and not well: ${stderr}`);
    else t.is(signal, 'SIGKILL');
    seen[ended ? 'ended' : frozen ? 'frozen' : 'others'] += 1;

    t.false(isTraced(session.pid), `kill ${n}: the target is still held`);
    t.is(complaints(session), '', `kill ${n}`);
    if (n % 10 === 0) await allAdvance(session);
    for (const name of readdirSync(folder)) {
      seen[name === `images-${n}` ? 'whole' : 'leftovers'] += 1;
      await onlyIfWhole(t, join(folder, name));
      // What is not whole is left to the dumps that follow.
      if (name === `images-${n}`) rmSync(join(folder, name), { recursive: true });
    }
  }
  t.is((await stasis('cleanup')).code, 0);
  t.deepEqual(readdirSync(folder), [], 'a killed dump has left something');
  t.deepEqual(readdirSync(state), []);
  t.log(`frozen for ${frozenMs.toFixed(1)} ms of ${wallMs.toFixed(0)} ms undisturbed; ${JSON.stringify(seen)}`);
  t.true(seen.frozen > KILLS / 2, `only ${seen.frozen} of ${KILLS} kills came while the target was frozen`);

  await allAdvance(session);
  t.regex(await session.go(), /^ok 1/);
  await dumpGone(commandLine, session.pid, join(folder, 'images'));
  await commandLine.restore(join(folder, 'images'));
  await allAdvance(session);
  t.regex(await session.go(), /^ok 2/);
});

/** A dump that nobody disturbs: its figures. The second one, as the first has the caches to fill. */
async function measured(session: Session, images: string): Promise<{ readonly wallMs: number; readonly frozenMs: number }> {
  for (let n = 0; ; n++) {
    const { code, stderr, json } = await stasisJson('dump', `${session.pid}`, '--images-dir', images, '--leave-running');
    if (code !== 0) throw new Error(`dump ended with ${code}: ${stderr}${JSON.stringify(json)}`);
    rmSync(images, { recursive: true });
    if (n > 0) return json as { wallMs: number; frozenMs: number };
  }
}

/** What a killed dump has left is refused by a restore, unless nothing is missing of it. */
async function onlyIfWhole(t: ExecutionContext, directory: string): Promise<void> {
  const error = await plan({ imagesDir: directory }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) {
    const { problems, sealed } = await verifyImages(directory);
    t.true(sealed && problems.length === 0, `${directory} is accepted although ${JSON.stringify(problems)}`);
  } else t.is(error instanceof StasisError && error.kind, 'image', String(error));
  t.true(existsSync(directory));
}
