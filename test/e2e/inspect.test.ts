// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { InspectReport } from '../../src/index.js';
import { launch } from '../harness/launch.js';
import { needing } from '../harness/needs.js';
import { BIN, outcomeOf, stasis, stasisJson } from '../harness/stasis.js';
import { killTree, processesBelow, statusOf, until } from './lib/processes.js';
import { scratch } from './lib/scratch.js';

const test = needing({ root: true, programs: ['python3', 'script'] });

/** A root with 3 threads, a stopped child, a zombie; `WITH` makes it one that cannot be dumped. */
const TARGET = `
import mmap, os, signal, socket, sys, threading, time
os.closerange(3, 4096)
def fd(number, made):
    os.dup2(made, number, inheritable=False)
    os.close(made)
pipe = os.pipe()
fd(20, pipe[0]); fd(21, pipe[1])
os.write(21, b'unread')
a, b = socket.socketpair()
fd(22, a.detach()); fd(23, b.detach())
fd(24, os.open(sys.argv[1], os.O_RDWR | os.O_APPEND))
memory = mmap.mmap(-1, 8 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
memory[:] = b'x' * len(memory)
listener = socket.socket(); listener.bind(('127.0.0.1', 0)); listener.listen()
fd(25, os.dup(listener.fileno()))
listener.close()
if 'tcp' in sys.argv[2:]:
    server = socket.socket(fileno=os.dup(25))
    client = socket.create_connection(server.getsockname())
    peer, _ = server.accept()
    fd(26, client.detach()); fd(27, peer.detach()); server.close()
if os.fork() == 0:
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(1000)
if os.fork() == 0:
    os._exit(0)
for _ in range(2):
    threading.Thread(target=time.sleep, args=(1000,)).start()
os.write(24, b'ready\\n')
count = 0
while True:
    count += 1
    time.sleep(0.01)
`;

async function target(t: ExecutionContext, ...words: string[]): Promise<{ pid: number; log: string }> {
  const folder = scratch(t);
  const [log, script] = [join(folder, 'log'), join(folder, 'target.py')];
  writeFileSync(log, '');
  writeFileSync(script, TARGET);
  const pid = launch(['python3', script, log, ...words]);
  t.teardown(() => killTree(pid));
  const children = (): string[] => processesBelow(pid).map((each) => statusOf(each, 'State')?.[0] ?? '');
  await until('the target is ready', () => Number(statusOf(pid, 'Threads')) === 3 && readFileSync(log).length > 0);
  await until('its children are stopped and dead', () => children().slice(1).join('') === 'TZ');
  return { pid, log };
}

async function inspected(pid: number): Promise<{ code: number | null; report: InspectReport }> {
  const { code, json, stderr } = await stasisJson('inspect', String(pid));
  if (stderr !== '') throw new Error(stderr);
  return { code, report: json as InspectReport };
}

test('the tree, its memory and its descriptors, as the kernel tells them', async (t) => {
  const { pid, log } = await target(t);
  const { code, report } = await inspected(pid);
  t.is(code, 0);
  t.deepEqual(report.refusals, []);
  const [root, ...children] = report.tasks;
  t.like(root, { pid, ppid: 1, pgid: pid, sid: pid, comm: 'python3', state: 'running', threads: 3, descriptorsOf: null });
  t.deepEqual(
    children.map(({ state, ppid, threads }) => ({ state, ppid, threads })),
    [
      { state: 'stopped', ppid: pid, threads: 1 },
      { state: 'zombie', ppid: pid, threads: 0 },
    ],
  );
  const memory = root?.memory;
  const kilobytes = (line: string): number => Number.parseInt(statusOf(pid, line) ?? '', 10) * 1024;
  t.true(Math.abs((memory?.residentBytes ?? 0) - kilobytes('VmRSS')) < 2 ** 20, 'against VmRSS of /proc/PID/status');
  t.true(Math.abs((memory?.sizeBytes ?? 0) - kilobytes('VmSize')) < 2 ** 20, 'against VmSize');
  t.true((memory?.kinds.find(({ kind }) => kind === 'anonymous')?.privateBytes ?? 0) >= 8 * 2 ** 20);
  t.deepEqual(memory?.kinds.map(({ kind }) => kind).includes('stack'), true);

  const child = children[0]?.pid;
  const found = (fd: number) => root?.descriptors.find((descriptor) => descriptor.fd === fd);
  t.like(found(0), { kind: 'character device', detail: '/dev/null', access: 'r', closeOnExec: false });
  t.like(found(20), {
    kind: 'pipe',
    access: 'r',
    closeOnExec: true,
    detail: `from fd 21, fd 21 of ${child}, 6 B of 64.0 KiB unread`,
  });
  t.deepEqual(found(20)?.sharedWith, [{ pid: child as number, fd: 20 }]);
  t.like(found(22), { kind: 'unix stream socket', detail: `to fd 23, fd 23 of ${child}` });
  t.like(found(24), { kind: 'file', access: 'rw', detail: `${log}, at 6 of 6 bytes` });
  t.regex(found(25)?.detail ?? '', /^127\.0\.0\.1:\d+, listening$/);
});

test('what is inspected runs on: not stopped, not traced, signals as before', async (t) => {
  const { pid } = await target(t);
  for (let i = 0; i < 3; i++) await inspected(pid);
  t.is(statusOf(pid, 'TracerPid'), '0');
  t.regex(statusOf(pid, 'State') ?? '', /^[SR]/);
  t.is(statusOf(pid, 'ShdPnd'), '0000000000000000');
  const switches = (): number => Number(statusOf(pid, 'voluntary_ctxt_switches'));
  const before = switches();
  await until('it goes on counting', () => switches() > before + 10);
});

test('a tree that a dump would refuse is shown all the same, and why; a dump then says the same', async (t) => {
  const { pid } = await target(t, 'tcp');
  const { code, report } = await inspected(pid);
  t.is(code, 3);
  t.true(report.refusals.length >= 2);
  for (const fd of [26, 27]) {
    const refusal = report.refusals.find(({ object }) => object === `fd ${fd}`);
    t.like(refusal, { pid, comm: 'python3', kind: 'established TCP connection' });
    t.regex(refusal?.cause ?? '', /^127\.0\.0\.1:\d+ is connected with 127\.0\.0\.1:\d+$/);
    t.true((refusal?.hint.length ?? 0) > 0);
    t.true(report.tasks[0]?.descriptors.find((descriptor) => descriptor.fd === fd)?.refused);
  }
  const dumped = await stasisJson('dump', String(pid), '-D', join(scratch(t), 'images'));
  t.is(dumped.code, 3);
  t.deepEqual((dumped.json as { error: { details: { refusals: unknown } } }).error.details.refusals, report.refusals);
  t.is(statusOf(pid, 'TracerPid'), '0');
});

test('as a table, as wide as the terminal', async (t) => {
  const { pid } = await target(t, 'tcp');
  const { code, stdout } = await stasis('inspect', String(pid));
  t.is(code, 3);
  t.notRegex(stdout, /\x1b/);
  t.regex(stdout, new RegExp(`^pid ${pid}: 3 tasks, 4 threads, looked at in `));
  t.regex(stdout, new RegExp(`\n${pid} +python3 +running +${pid} +${pid} +3 +11 `));
  t.regex(stdout, /\n├─ \d+ +python3 +stopped .*\n└─ \d+ +python3 +zombie/);
  t.regex(stdout, /\nin all +\d+ .* MiB .* MiB .* MiB\n/);
  t.regex(stdout, /\n\d+ +26 +rw +established TCP connection \(refused\) /);
  t.regex(stdout, /\n\d+ +20-27 +the same as in \d+\n/);
  t.regex(
    stdout,
    /\nA dump would refuse \d+ things\nTASK +OBJECT +KIND +WHY\n\d+ python3 +fd 26 +established TCP connection +127/,
  );
  for (const columns of [72, 100]) {
    const narrow = await outcomeOf(
      'script',
      '--quiet',
      '--return',
      '--command',
      `stty cols ${columns}; TERM=xterm ${BIN} inspect ${pid}`,
      '/dev/null',
    );
    t.is(narrow.code, 3);
    t.regex(narrow.stdout, /\x1b\[31mA dump would refuse/);
    for (const line of narrow.stdout.split('\r\n'))
      t.true(line.replace(/\x1b\[\d+m/g, '').length <= columns, `${columns}: ${line}`);
  }
});

test('nobody there, or too many', async (t) => {
  const gone = await stasisJson('inspect', '4194303');
  t.is(gone.code, 5);
  t.like(gone.json, { error: { kind: 'gone', message: 'cannot read the state of pid 4194303: no such process' } });
  const above = await stasis('inspect', String(process.pid));
  t.regex(above.stderr, /cannot inspect pid \d+ \(.*\): this process \(pid \d+\) runs below it — inspect it from elsewhere/);
  t.is(above.code, 3);
  const held = await stasis('inspect', String(process.pid), '--tree', '1');
  t.is(held.code, 2);
});
