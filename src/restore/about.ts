// SPDX-License-Identifier: GPL-2.0-only
import type { RestoreState } from './context.js';

/** What a stage has found or decided, for those who want to know all of it. */
export function aboutStage(stage: string, { compiled, pagesBytes, options, rootPid }: RestoreState): string | undefined {
  if (!compiled) return undefined;
  const { plan, arena, holes } = compiled;
  const { model, images } = plan;
  switch (stage) {
    case 'prepare': {
      const origin = images.manifest ? `sealed by ${images.manifest.tool}` : 'without a seal';
      const what = `${images.directory.names().length} files ${origin}, ${model.tasks.length} tasks`;
      return `${what}; ${arena.strands.length} programs in ${arena.size} bytes; place for them at ${hex(holes[0])}; the host can take them`;
    }
    case 'start': {
      const aside = plan.movedAside.size > 0 ? `, moved aside if there: ${[...plan.movedAside].join(', ')}` : '';
      return `all ${model.tasks.length} tasks exist and have their mappings${aside}`;
    }
    case 'pages':
      return `${pagesBytes} bytes of pages from ${plan.fills.length} page maps, checksums verified`;
    case 'park':
      return 'every thread has run its program';
    case 'run':
      return `pid ${rootPid} runs, ${options.detach ? 'by itself' : 'as a child of this process'}`;
    default:
      return undefined;
  }
}

function hex(address: number | undefined): string {
  return address === undefined ? 'none' : `0x${address.toString(16)}`;
}
