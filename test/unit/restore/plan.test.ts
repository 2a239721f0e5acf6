// SPDX-License-Identifier: GPL-2.0-only
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { dumpWith } from '../../../src/dump/index.js';
import { type RenderedOp, renderStrand } from '../../../src/program/index.js';
import type { CompiledRestore } from '../../../src/restore/compile.js';
import { prepare } from '../../../src/restore/prepare.js';
import { takeover } from '../../../src/restore/takeover.js';
import { BIRTH_PHASES, TASK_PHASES, THREAD_PHASES, TREE_PHASES } from '../../../src/subsystems/phases.js';
import { RESTORE_SUBSYSTEMS } from '../../../src/subsystems/registry-restore.js';
import type { RestoreSubsystem } from '../../../src/subsystems/restore-side.js';
import { decodeFacts } from '../fake/facts.js';
import { fakeNative } from '../fake/native.js';
import { type FakeTree, registers, VDSO } from '../fake/tree.js';

const SHELL = statSync('/bin/sh');
const EXE = { path: Buffer.from('/bin/sh'), dev: SHELL.dev, ino: SHELL.ino, mode: SHELL.mode, size: SHELL.size };

/** Dumps a made-up tree and compiles its restore. */
async function compiled(
  t: ExecutionContext,
  tree: FakeTree,
  subsystems: readonly RestoreSubsystem[] = RESTORE_SUBSYSTEMS,
): Promise<CompiledRestore> {
  const dir = mkdtempSync(join(tmpdir(), 'stasis-plan-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  const native = fakeNative({ tree, exe: EXE });
  const imagesDir = join(dir, 'images');
  await dumpWith({ pid: tree.tasks[0]?.pid ?? 0, imagesDir }, native);
  return prepare({ imagesDir }, native, subsystems, 'none');
}

function ops({ arena, plan }: CompiledRestore, tid: number): RenderedOp[] {
  const strand = plan.strands.get(tid);
  return strand ? [...renderStrand(arena, strand)] : [];
}

/** Positions of the first operations that match, in the order given; -1 fails. */
function inOrder(t: ExecutionContext, list: readonly RenderedOp[], wanted: readonly RegExp[]): void {
  let from = 0;
  for (const want of wanted) {
    const at = list.findIndex((op, i) => i >= from && want.test(`${op.call} ${op.args.join(' ')} — ${op.why}`));
    if (at < 0) {
      t.fail(
        `${want} is not there after step ${from}:\n${list.map(({ call, args, why }) => `${call} ${args.join(' ')} — ${why}`).join('\n')}`,
      );
      return;
    }
    from = at + 1;
  }
  t.pass();
}

const TREE: FakeTree = {
  tasks: [
    { pid: 4001, ppid: 1, threads: [4001, 4002], fds: [{ fd: 5, cloexec: true, description: 2 }] },
    { pid: 4010, ppid: 4001, pgid: 4010, sid: 4001, fds: [{ fd: 7, description: 2 }], state: 1 },
    { pid: 4011, ppid: 4001, pgid: 4010, sid: 4001, state: 2, exitCode: 7 << 8 },
  ],
  descriptions: [{ id: 2, flags: 2, eventfd: { count: '18446744073709551614' }, pid: 4001, fd: 5 }],
};

test('the root makes what is shared, then the tree, then itself', async (t) => {
  const plan = await compiled(t, TREE);
  inOrder(t, ops(plan, 4001), [
    /^rt_sigprocmask .*block all signals/,
    /^prlimit64 0 7 /,
    /^openat .*"\/bin\/sh"/,
    /^setsid/,
    /^process pid 4010 /,
    /^process pid 4011 /,
    /^meet all processes exist/,
    /^meet all groups are joined/,
    /^waitid 1 4011 /,
    /^dup3 \d+ 5 0x80000 /,
    /^fchdir .*working directory/,
    /^mremap VVAR .*into the hole/,
    /^munmap 0 BELOW_LEN/,
    /^munmap HOLE_END ABOVE_LEN/,
    /^mmap 0x400000 8192 5 /,
    new RegExp(`^mremap PARKING 8192 8192 3 0x${VDSO.data.toString(16)}`),
    /^arrive mapped/,
    /^wait filled/,
    /^prctl 35 14 /,
    /^rt_sigaction 17 /,
    /^thread thread 4002/,
    /^sched_setattr/,
    /^capset/,
    /^meet threads of pid 4001 .*ready/,
    /^prctl 4 1 .*dumpable/,
    /^close_range/,
    /^meet all tasks are ready/,
  ]);
});

test('a zombie joins its group and ends as it ended', async (t) => {
  const list = ops(await compiled(t, TREE), 4011);
  inOrder(t, list, [
    /^meet all processes exist/,
    /^setpgid 0 4010/,
    /^meet all groups/,
    /^prctl 15 .*name of the zombie/,
    /^exit 7 0/,
  ]);
  t.is(list.at(-1)?.call, 'exit');
});

test('a thread does only what is its own', async (t) => {
  const list = ops(await compiled(t, TREE), 4002);
  inOrder(t, list, [
    /^prctl 15 /,
    /^set_robust_list 4096 24/,
    /^set_tid_address 0x7f0000000fa2/,
    /^sched_setaffinity/,
    /^setresuid/,
    /^capset/,
    /^arrive threads of pid 4001/,
  ]);
  t.false(list.some(({ call }) => call === 'mmap' || call === 'dup3'));
});

test('pages go to mappings that may hold them; the vdso is passed over', async (t) => {
  const { plan } = await compiled(t, TREE);
  const fills = plan.fills.filter(({ kind }) => kind === 'task');
  t.is(fills.length, 2);
  const [first] = fills;
  t.deepEqual(first?.kind === 'task' && [...first.ranges.slice(0, 6)], [0x40_0000, 0x40_2000, 1, 0x50_0000, 0x52_1000, 0]);
  const vdso = first?.kind === 'task' ? first.ranges.lastIndexOf(VDSO.code) : -1;
  t.is(first?.kind === 'task' && first.ranges[vdso + 2], 4);
  t.is(plan.mapped.expected, 2);
  t.is(plan.filled.expected, 1);
});

test('the takeover names strands, registers, masks and who stays stopped', async (t) => {
  const { plan } = await compiled(t, TREE);
  const { threads } = decodeFacts('Takeover', takeover(plan)) as {
    threads: { tid: number; strand: number; stopped: boolean; blocked: string; threadInfo: Buffer }[];
  };
  t.deepEqual(
    threads.map(({ tid, stopped }) => [tid, stopped]),
    [
      [4001, false],
      [4002, false],
      [4010, true],
    ],
  );
  t.is(threads[0]?.blocked, '18446744073709551615');
  t.deepEqual(Buffer.from(threads[1]?.threadInfo ?? []), Buffer.from(registers(4002)));
  t.is(plan.strands.get(4010)?.index, threads[2]?.strand);
});

test('every barrier is reached by as many as it waits for', async (t) => {
  const { arena } = await compiled(t, TREE);
  const arrivals = new Map<string, number>([
    ['claimed', 1],
    ['filled', 1],
  ]);
  for (const strand of arena.strands) {
    for (const { call, args } of renderStrand(arena, strand)) {
      if (call !== 'meet' && call !== 'arrive') continue;
      const name = args[0] ?? '';
      arrivals.set(name, (arrivals.get(name) ?? 0) + 1);
    }
  }
  for (const { name, expected } of arena.barriers) t.is(arrivals.get(name), expected, name);
});

test('who shares a descriptor table opens nothing for itself before its owner has filled it', async (t) => {
  const [owner, other] = TREE.tasks;
  const sharing = { ...other, fds: owner?.fds, more: { filesSharedWith: 4001 } } as FakeTree['tasks'][number];
  const plan = await compiled(t, { ...TREE, tasks: [owner as FakeTree['tasks'][number], sharing] });
  inOrder(t, ops(plan, 4001), [
    /^meet all groups are joined/,
    /^move \$\d+ 5 0x80000 /,
    /^close_range 6 15/,
    /^arrive descriptor table \d+ is filled/,
    /^userfaultfd/,
    /^meet descriptor table \d+ is done with/,
    /^close_range \d+ 0xffffffff/,
  ]);
  inOrder(t, ops(plan, 4010), [
    /^meet all groups are joined/,
    /^wait descriptor table \d+ is filled/,
    /^userfaultfd/,
    /^meet descriptor table \d+ is done with/,
  ]);
});

test('a hard limit above the own one is a warning, not a failure', async (t) => {
  const { plan } = await compiled(t, TREE);
  const canRaise = (plan.host.capabilities >> 24n) & 1n;
  t.is(
    plan.warnings.some((text) => text.includes('limit NOFILE')),
    !canRaise && (plan.host.limits[7]?.hard ?? 0n) < 2n ** 64n - 1n,
  );
});

test('the same images give the same bytes', async (t) => {
  const [one, two] = [await compiled(t, TREE), await compiled(t, TREE)];
  t.true(Buffer.from(one.arena.bytes).equals(Buffer.from(two.arena.bytes)));
});

test('a phase that is listed is run: the lists drive, and nothing lists them again', async (t) => {
  const seen: string[] = [];
  const note = (phase: string) => () => void seen.push(phase);
  const all = <P extends string>(phases: readonly P[]) => Object.fromEntries(phases.map((phase) => [phase, note(phase)]));
  const witness = {
    name: 'witness',
    tree: all(TREE_PHASES),
    task: all([...BIRTH_PHASES, ...TASK_PHASES]),
    thread: all(THREAD_PHASES),
  } as RestoreSubsystem;
  await compiled(t, { ...TREE, tasks: TREE.tasks.slice(0, 1) }, [...RESTORE_SUBSYSTEMS, witness]);
  const threads = [...THREAD_PHASES, ...THREAD_PHASES];
  const expected = TASK_PHASES.flatMap((phase) => (phase === 'joined' ? [...threads, phase] : [phase]));
  t.deepEqual(seen, [...TREE_PHASES, ...BIRTH_PHASES, ...expected]);
});

test('what is printed is what would be run: both look at the host, and at nothing else', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'stasis-plan-'));
  t.teardown(() => rmSync(dir, { recursive: true, force: true }));
  // A deleted folder whose name somebody else has by now: where it is made depends on the host.
  const path = join(dir, 'taken');
  writeFileSync(path, '');
  const gone = { path: Buffer.from(path), dev: 1, ino: 99, mode: 0o040700, deleted: true };
  const descriptions = [{ id: 3, directory: {}, flags: 0, file: gone, nlink: 0, pid: 4001, fd: 6 }];
  const tree: FakeTree = { tasks: [{ pid: 4001, ppid: 1, fds: [{ fd: 6, description: 3 }] }], descriptions };
  const native = fakeNative({ tree, exe: EXE });
  const imagesDir = join(dir, 'images');
  await dumpWith({ pid: 4001, imagesDir, lookFirst: false }, native);
  const [run, printed, blind] = await Promise.all(
    (['host', 'plan', 'none'] as const).map((checking) => prepare({ imagesDir }, native, RESTORE_SUBSYSTEMS, checking)),
  );
  const text = (one?: CompiledRestore) => (one ? ops(one, 4001).map(({ call, args }) => `${call} ${args.join(' ')}`) : []);
  t.deepEqual(text(printed), text(run));
  t.notDeepEqual(text(blind), text(run));
});
