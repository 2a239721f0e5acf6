// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { buildPrograms } from '../../programs/build.js';
import { programs } from '../../programs/catalogue.js';
import { Session } from '../../programs/session.js';
import { killTree, until } from './processes.js';

const STRANDS = 6;
const STRIDE = 64;

/** Starts a program of the catalogue by name, ready. */
export async function started(t: Pick<ExecutionContext, 'teardown'>, name: string): Promise<Session> {
  const program = programs.find((each) => each.name === name);
  if (program === undefined) throw new Error(`there is no program ${name}`);
  await buildPrograms([program]);
  const session = Session.start(program, { orphan: true });
  t.teardown(async () => {
    await session.end();
    await killTree(session.pid);
  });
  const first = await session.first();
  if (first !== 'ready') throw new Error(`${name}: ${first}`);
  return session;
}

/** What the survivor has to say, beyond being ready: a mismatch, if there was one. */
export function complaints(session: Session): string {
  return readFileSync(session.report, 'utf8').replace(/^ready\n/, '');
}

/** Waits until each of the survivor's strands has gone on. @throws Error where one stands still */
export async function allAdvance(session: Session): Promise<void> {
  const from = beats(session);
  await until('all strands advance', () => beats(session).every((beat, strand) => beat > (from[strand] ?? 0n) + 2n));
}

function beats(session: Session): bigint[] {
  const bytes = readFileSync(`${session.report}.heartbeat`);
  return Array.from({ length: STRANDS }, (_, strand) => bytes.readBigUInt64LE(strand * STRIDE));
}
