// SPDX-License-Identifier: GPL-2.0-only
import test from 'ava';
import { upwards } from '../../../scripts/check/storeys.js';

test('imports lead down', (t) => {
  const files = new Map([
    ['src/dump/look.ts', "import { look } from '../restore/look.js';\nimport type { Facts } from '../facts/tree.js';\n"],
    ['src/subsystems/time/timers/dump.ts', "import type {\n  Task,\n} from '../../../facts/generated.js';\n"],
  ]);
  t.deepEqual(upwards(files), []);
});

test('an import that leads up is told, be it of a type alone, beside, or when it is needed', (t) => {
  const files = new Map([
    ['src/subsystems/kinds.ts', "import type { DumpState } from '../dump/context.js';\n"],
    ['src/pages/queue.ts', "export { UndoLog } from '../undo/log.js';\n"],
    ['src/plan/tree.ts', "const late = await import(\n  '../subsystems/kinds.js'\n);\n"],
    ['src/images/load.ts', "import { StasisError } from '../errors/index.js';\n"],
  ]);
  t.is(upwards(files).length, 4);
  t.regex(upwards(files)[0] ?? '', /src\/subsystems\/kinds\.ts imports src\/dump\/context\.ts/);
});
