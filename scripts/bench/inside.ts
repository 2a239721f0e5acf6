// SPDX-License-Identifier: GPL-2.0-only
import { duration } from '../../src/text/units.js';
import { CASES, chosen, FELT } from './cases.js';
import { feel } from './felt.js';
import { machine } from './machine.js';
import { measure } from './measure.js';
import type { Options } from './options.js';
import { inPairs } from './pairs.js';
import type { CaseResult, FeltResult, Results } from './results.js';
import { peerTool, stasisTool } from './tools.js';

/** Measures all that was asked for, in `folder`. `say`: how it goes on. */
export async function bench(options: Options, folder: string, say: (text: string) => void): Promise<Results> {
  const { only, pairs, peer } = options;
  const tools = [stasisTool(options, folder), ...(peer === undefined ? [] : [peerTool(peer, folder)])];
  say('measuring the machine');
  const limits = await machine(folder, peer);

  const cases: CaseResult[] = [];
  for (const each of chosen(CASES, only)) {
    const results = await inPairs(
      tools,
      pairs,
      (tool) => measure(tool, each, folder),
      (title, sample) => {
        const figures = sample ? `: dump ${duration(sample.dump.ms)}, restore ${duration(sample.restore.ms)}` : '';
        say(`${each.name}, ${title}${figures}`);
      },
    );
    cases.push({ case: each, pairs: results });
  }

  const felt: FeltResult[] = [];
  for (const each of chosen(FELT, only)) {
    const results = await inPairs(
      tools,
      pairs,
      (tool) => feel(tool, each, folder),
      (title, sample) => {
        say(`${each.name}, ${title}${sample ? `: gap ${duration(sample.gapMs)}` : ''}`);
      },
    );
    felt.push({ case: each, pairs: results });
  }
  return { machine: limits, pairs, cases, felt };
}
