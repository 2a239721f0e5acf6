// SPDX-License-Identifier: GPL-2.0-only

import { TtyEnd } from '../../../facts/generated.js';
import { bytes } from '../../../text/units.js';
import { type Show, words } from '../../show-side.js';

export const showTty: Show<'tty'> = {
  name: ({ tty }) => (tty.end === TtyEnd.MASTER ? 'terminal master' : 'terminal'),
  /** The pair, and who is in front of it. */
  detail({ tty: { end, index, session, hungUp, masterInTree, input, output } }) {
    const master = end === TtyEnd.MASTER;
    return words(
      `${end === TtyEnd.CURRENT ? '/dev/tty: ' : master ? 'of ' : ''}/dev/pts/${index}`,
      hungUp && 'hung up',
      !master && !hungUp && !masterInTree && 'its user is outside',
      session > 0 && `session ${session}`,
      master && output.length > 0 && `${bytes(output.length)} unread`,
      master && input.length > 0 && `${bytes(input.length)} of input unread`,
    );
  },
};
