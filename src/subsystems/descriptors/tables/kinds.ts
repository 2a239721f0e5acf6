// SPDX-License-Identifier: GPL-2.0-only
import { KINDS } from '../../kinds.js';
import { registerKinds } from './make.js';

registerKinds(KINDS);
