// SPDX-License-Identifier: GPL-2.0-only
import { fstatSync, readFileSync } from 'node:fs';

/**
 * Tells whoever has the foreground of the terminal that the tree came to, and that is ours, of a new window size: a program
 * that fills the screen draws itself anew then, for the screen shows what was there before. All others ignore the signal.
 */
export function redraw(root: number): void {
  const tree = terminalOf(root);
  if (!tree || tree.foreground <= 0 || !isOurs(tree.terminal)) return;
  try {
    process.kill(-tree.foreground, 'SIGWINCH');
  } catch {
    // It has ended meanwhile.
  }
}

/** By our standard streams: a session of the tree's own has taken it away from ours. Devices are numbered as stat(2) does. */
function isOurs(terminal: number): boolean {
  return [0, 1, 2].some((fd) => {
    try {
      return fstatSync(fd).rdev === terminal;
    } catch {
      return false;
    }
  });
}

/** Fields 7 and 8 of proc_pid_stat(5), behind a name that may hold anything; undefined for who is gone. */
function terminalOf(pid: number): { readonly terminal: number; readonly foreground: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [, , , , terminal, foreground] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return terminal === undefined || foreground === undefined ? undefined : { terminal, foreground };
  } catch {
    return undefined;
  }
}
