// SPDX-License-Identifier: GPL-2.0-only
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { alone } from '../harness/alone.js';
import { needing } from '../harness/needs.js';
import { stasisJson } from '../harness/stasis.js';
import { Counter } from './lib/counter.js';
import { commandLine, dumpGone } from './lib/driver.js';
import { isTraced, Running } from './lib/dump-process.js';
import { attempt, statusOf, until } from './lib/processes.js';
import { scratch } from './lib/scratch.js';
import { allAdvance, started } from './lib/survivor.js';

/** Targets that somebody else holds: refused with the name of who does, and not harmed. */
// One at a time: one of them waits without giving the event loop a turn.
const test = needing({ root: true, programs: ['python3'] }).serial;

const TRACE = `
import ctypes, sys, time
libc = ctypes.CDLL(None, use_errno=True)
if libc.ptrace(0x4206, int(sys.argv[1]), None, None) != 0: sys.exit(1)
time.sleep(1000)
`;

test('a target that another tracer holds is refused with the name of that tracer', async (t) => {
  const folder = scratch(t);
  const counter = new Counter(t, folder, '');
  await counter.ready();
  const tracer = spawn('/usr/bin/python3', ['-c', TRACE, `${counter.pid}`], { stdio: 'ignore' });
  t.teardown(() => tracer.kill('SIGKILL'));
  await until('it is traced', () => isTraced(counter.pid));

  const { code, json } = await stasisJson('dump', `${counter.pid}`, '--images-dir', join(folder, 'images'));
  t.is(code, 4);
  t.like(json, { error: { kind: 'busy' } });
  t.regex(messageOf(json), new RegExp(`pid ${counter.pid}.*traced by pid ${tracer.pid} \\(python3\\)`));
  t.is(statusOf(counter.pid, 'TracerPid'), `${tracer.pid}`);
  await counter.counts();

  tracer.kill('SIGKILL');
  await until('it is let go', () => !isTraced(counter.pid));
  await dumpGone(commandLine, counter.pid, join(folder, 'images'));
  await commandLine.restore(join(folder, 'images'));
  await counter.counts();
});

test('a second thread that is traced is noticed too, and the first let go', async (t) => {
  const folder = scratch(t);
  await alone(t, 'cores');
  const session = await started(t, 'torture/survivor');
  const tid = readdirSync(`/proc/${session.pid}/task`)
    .map(Number)
    .find((each) => each !== session.pid);
  const tracer = spawn('/usr/bin/python3', ['-c', TRACE, `${tid}`], { stdio: 'ignore' });
  t.teardown(() => tracer.kill('SIGKILL'));
  await until('it is traced', () => isTraced(tid ?? 0));
  const { code, json } = await stasisJson('dump', `${session.pid}`, '--images-dir', join(folder, 'images'));
  t.is(code, 4);
  t.regex(messageOf(json), /python3/);
  t.false(isTraced(session.pid));
  t.deepEqual(readdirSync(folder), []);
});

test('of two dumps at once the second is refused, and the first goes on', async (t) => {
  const folder = scratch(t);
  await alone(t, 'cores');
  const session = await started(t, 'torture/survivor');
  const [images, others] = [join(folder, 'images'), join(folder, 'others')];
  const first = await stoppedDump(t, session.pid, images);
  const { code, json } = await stasisJson('dump', `${session.pid}`, '--images-dir', others);
  first.send('SIGCONT');
  t.is(code, 4);
  t.like(json, { error: { kind: 'busy' } });
  t.regex(messageOf(json), /traced by pid \d+ \((node|stasis)[^)]*\)/);
  t.is((await first.outcome).code, 0);
  t.deepEqual(readdirSync(folder), ['images']);
  await commandLine.restore(images);
  await allAdvance(session);
  t.regex(await session.go(), /^ok 1/);
});

/** A dump that was stopped while it held its target. On a busy machine it may be over before, and is undone. */
async function stoppedDump(t: ExecutionContext, pid: number, images: string): Promise<Running> {
  for (;;) {
    const dump = new Running('dump', `${pid}`, '--images-dir', images);
    dump.freezes(pid);
    dump.send('SIGSTOP');
    await until('it has stopped', () => /^[TZX]/.test(statusOf(dump.pid, 'State') ?? 'X'));
    if (isTraced(pid)) return dump;
    dump.send('SIGCONT');
    t.is((await dump.outcome).code, 0);
    await commandLine.restore(images);
    rmSync(images, { recursive: true });
  }
}

const V1 = { file: 'freezer.state', frozen: 'FROZEN', thawed: 'THAWED', shown: { file: 'freezer.state', text: /^FROZEN$/m } };
const V2 = { file: 'cgroup.freeze', frozen: '1', thawed: '0', shown: { file: 'cgroup.events', text: /^frozen 1$/m } };
const FREEZERS = [
  { mount: '/sys/fs/cgroup/freezer', ...V1 },
  { mount: '/sys/fs/cgroup', ...V2 },
  { mount: '/sys/fs/cgroup/unified', ...V2 },
];

for (const { mount, file, frozen, thawed, shown } of FREEZERS) {
  const group = join(mount, `stasis-e2e-${randomUUID()}`);
  const also = (): string | undefined => (usable(group, file) ? undefined : `no cgroup can be made in ${mount} that has ${file}`);
  needing({ root: true, programs: ['python3'], also }).serial(`a frozen cgroup is refused, by ${mount}`, async (t) => {
    const folder = scratch(t);
    const counter = new Counter(t, folder, '');
    await counter.ready();
    mkdirSync(group);
    t.teardown(() => {
      writeFileSync(join(group, file), thawed);
      attempt(() => writeFileSync(join(mount, 'cgroup.procs'), `${counter.pid}`));
      attempt(() => rmdirSync(group));
    });
    writeFileSync(join(group, 'cgroup.procs'), `${counter.pid}`);
    await counter.counts();
    writeFileSync(join(group, file), frozen);
    await until('it is frozen', () => shown.text.test(readFileSync(join(group, shown.file), 'latin1')));
    const { code, json } = await stasisJson('dump', `${counter.pid}`, '--images-dir', join(folder, 'images'));
    t.is(code, 4, messageOf(json));
    t.regex(messageOf(json), new RegExp(`cgroup.*${basename(group)}.*frozen`));
    t.deepEqual(readdirSync(folder), ['counter']);
    writeFileSync(join(group, file), thawed);
    await counter.counts();
  });
}

function usable(group: string, file: string): boolean {
  return (
    attempt(() => {
      mkdirSync(group);
      const there = existsSync(join(group, file)) && existsSync(join(group, 'cgroup.procs'));
      rmdirSync(group);
      return there;
    }) ?? false
  );
}

function messageOf(json: unknown): string {
  return (json as { readonly error?: { readonly message?: string } }).error?.message ?? JSON.stringify(json);
}
