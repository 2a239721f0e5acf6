// SPDX-License-Identifier: GPL-2.0-only
import { buildPrograms } from '../../test/programs/build.js';
import { listed } from '../../test/programs/catalogue/types.js';
import { Session } from '../../test/programs/session.js';

/** Starts a torture program of test/programs as a child of init, with nothing that leads out of its tree, and waits until it is ready. */
export async function startTarget(name: 'ballast' | 'gapclock', ...args: readonly number[]): Promise<Session> {
  const [program] = listed('torture', [{ name, args: args.map(String), proves: '' }]);
  if (!program) throw new TypeError('a list of one is empty');
  await buildPrograms([program]);
  const session = Session.start(program, { orphan: true });
  const first = await session.first();
  if (first !== 'ready') {
    await session.end();
    throw new Error(`the target does not get ready: ${first}`);
  }
  return session;
}
