// SPDX-License-Identifier: GPL-2.0-only
import { buildPrograms } from '../../test/programs/build.js';
import { listed } from '../../test/programs/catalogue/types.js';
import { Session } from '../../test/programs/session.js';

/** Starts a torture program of test/programs as a child of init, with nothing that leads out of its tree, and waits until it is ready. */
export function startTarget(name: 'ballast' | 'gapclock', ...args: readonly number[]): Promise<Session> {
  return startProgram('torture', name, args);
}

/** The same with any program. `seconds`: to get ready. */
export async function startProgram(
  folder: string,
  name: string,
  args: readonly (string | number)[],
  seconds?: number,
): Promise<Session> {
  const [program] = listed(folder, [{ name, args: args.map(String), proves: '' }]);
  if (!program) throw new TypeError('a list of one is empty');
  await buildPrograms([program]);
  const session = Session.start(program, { orphan: true });
  const first = await session.first(seconds);
  if (first !== 'ready') {
    await session.end();
    throw new Error(`the target does not get ready: ${first}`);
  }
  return session;
}
