// SPDX-License-Identifier: GPL-2.0-only
import { type Description, TtyEnd } from '../../facts/generated.js';
import { bytes } from '../../text/units.js';
import { type Detail, words } from './look.js';

/** The pair, and who is in front of it. */
export const terminal: Detail = ({ tty }) => {
  if (!tty) return '';
  const { end, index, session, hungUp, masterInTree, input, output } = tty;
  const master = end === TtyEnd.MASTER;
  return words(
    `${end === TtyEnd.CURRENT ? '/dev/tty: ' : master ? 'of ' : ''}/dev/pts/${index}`,
    hungUp && 'hung up',
    !master && !hungUp && !masterInTree && 'its user is outside',
    session > 0 && `session ${session}`,
    master && output.length > 0 && `${bytes(output.length)} unread`,
    master && input.length > 0 && `${bytes(input.length)} of input unread`,
  );
};

export function terminalName({ tty }: Description): string {
  return tty?.end === TtyEnd.MASTER ? 'terminal master' : 'terminal';
}
