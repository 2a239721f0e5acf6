// SPDX-License-Identifier: GPL-2.0-only
import type { Tool } from './tools.js';

export interface Pair<T> {
  readonly stasis?: T;
  readonly peer?: T;
  /** Runs of it that do not count, and why. */
  readonly thrownOut: readonly string[];
}

/**
 * Runs each tool once to warm up, then in pairs, the order changing from pair to pair. A run that fails is thrown out with
 * its reason; its partner has nothing to be compared with then, but is kept.
 */
export async function inPairs<T>(
  tools: readonly Tool[],
  pairs: number,
  run: (tool: Tool) => Promise<T>,
  say: (text: string, sample?: T) => void,
): Promise<Pair<T>[]> {
  const results: Pair<T>[] = [];
  for (let pair = 0; pair <= pairs; pair += 1) {
    const result: { stasis?: T; peer?: T; thrownOut: string[] } = { thrownOut: [] };
    for (const tool of pair % 2 === 0 ? tools : tools.toReversed()) {
      const title = `${pair === 0 ? 'warm-up' : `pair ${pair} of ${pairs}`}, ${tool.name}`;
      try {
        result[tool.name] = await run(tool);
        say(title, result[tool.name]);
      } catch (thrown) {
        const why = `${title}: ${thrown instanceof Error ? thrown.message : thrown}`;
        result.thrownOut.push(why);
        say(`THROWN OUT, ${why}`);
      }
    }
    // A warm-up that fails is told as well: nothing is dropped silently.
    if (pair > 0) results.push(result);
    else if (result.thrownOut.length > 0) results.push({ thrownOut: result.thrownOut });
  }
  return results;
}
