// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import { arch, release } from 'node:os';
import test from 'ava';
import { type CheckReport, check } from '../../src/index.js';
import { alone } from '../harness/alone.js';
import { needing } from '../harness/needs.js';
import { BIN, outcomeOf, stasis, stasisJson } from '../harness/stasis.js';

const MACHINES: Record<string, string> = { x64: 'x86_64', arm64: 'aarch64' };

test('what the kernel offers, in a form for programs', async (t) => {
  const { code, json, stderr } = await stasisJson('check');
  const report = json as CheckReport;
  t.is(stderr, '');
  t.is(report.kernel, release());
  t.is(report.arch, MACHINES[arch()] ?? arch());
  t.is(code, report.ok ? 0 : 7);
  t.true(report.features.length > 20);
  for (const { name, available, detail, costs, required } of report.features) {
    t.regex(available, /^(yes|no|unknown)$/, name);
    t.is(typeof required, 'boolean');
    for (const text of [name, detail, costs]) t.true(text.length > 0, name);
  }
  t.is(
    report.ok,
    report.features.every(({ required, available }) => !required || available !== 'no'),
  );
  // Held against another source than the probe's own: /proc/self/status.
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]}`);
  const ptrace = report.features.find(({ name }) => name === 'CAP_SYS_PTRACE');
  t.is(ptrace?.available, (effective >> 19n) & 1n ? 'yes' : 'no');
  t.deepEqual(
    (await check()).features.map(({ name }) => name),
    report.features.map(({ name }) => name),
  );
});

test('and in one for people: each feature once, what is lacking before what is there', async (t) => {
  const { code, json } = await stasisJson('check');
  const { features, kernel } = json as CheckReport;
  const { stdout, code: same } = await stasis('check');
  t.is(same, code);
  t.true(stdout.startsWith(`kernel ${kernel} on `));
  t.notRegex(stdout, /\x1b/);
  const rows = stdout.split('\n').filter((line) => /^(yes|no|\?) /.test(line));
  t.is(rows.length, features.length);
  for (const { name, detail, costs } of features)
    t.true(
      rows.some((row) => row.includes(name) && row.includes(detail) && row.endsWith(costs)),
      name,
    );
  const optional = rows.slice(features.filter(({ required }) => required).length).map((row) => row.startsWith('yes'));
  t.deepEqual(optional, [...optional].sort());
  t.regex(stdout, /\ndump and restore (do not )?work here/);
});

needing({ root: true, programs: ['setpriv'] })('a feature that nothing works without ends it with an error code', async (t) => {
  // Without capabilities no pid can be chosen: no restore.
  const { code, stdout } = await outcomeOf('setpriv', '--bounding-set=-all', '--inh-caps=-all', '--', BIN, 'check');
  t.is(code, 7);
  t.regex(stdout, /\nno +clone3 set_tid /);
  t.regex(stdout, /\ndump and restore do not work here: without .*clone3 set_tid/);
});

needing({ programs: ['script'] })('a terminal is filled, not overrun; colour is for those who want it', async (t) => {
  await alone(t, 'terminals');
  for (const [columns, environment, coloured] of [
    [70, '', true],
    [120, '', true],
    [100, 'NO_COLOR=1', false],
    [100, 'TERM=dumb', false],
  ] as const) {
    const { stdout } = await outcomeOf(
      'script',
      '--quiet',
      '--return',
      '--command',
      `stty cols ${columns}; env TERM=xterm ${environment} ${BIN} check`,
      '/dev/null',
    );
    t.is(/\x1b\[/.test(stdout), coloured, `${environment} at ${columns}`);
    for (const line of stdout.split('\r\n')) t.true(line.replace(/\x1b\[\d+m/g, '').length <= columns, line);
  }
});
