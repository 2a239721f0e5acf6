// SPDX-License-Identifier: GPL-2.0-only
import type { DumpState } from './context.js';

/** What a stage has found or decided, for those who want to know all of it. */
export function aboutStage(stage: string, state: DumpState): string | undefined {
  const { options, tempDir, imagesDir, facts, files, pagesBytes, frozenMs } = state;
  switch (stage) {
    case 'destination':
      return `images grow in ${tempDir} until they are whole`;
    case 'freeze':
      return `every thread below pid ${options.pid} is stopped`;
    case 'survey': {
      const tasks = facts?.tasks ?? [];
      const threads = tasks.reduce((sum, task) => sum + task.threads.length, 0);
      return `tasks: ${tasks.length}, threads: ${threads}; nothing of theirs is unsupported`;
    }
    case 'collect':
      return 'registers, and what the tasks alone can tell';
    case 'pages':
      return `${pagesBytes} bytes of pages`;
    case 'write':
      return `${files.length} files`;
    case 'commit':
      return `${imagesDir} is whole, and on disk`;
    case 'release':
      return `${FATE[options.after ?? 'kill']} after ${frozenMs.toFixed(1)} ms of being frozen`;
    default:
      return undefined;
  }
}

const FATE = { kill: 'killed', run: 'let run', stop: 'left stopped' } as const;
