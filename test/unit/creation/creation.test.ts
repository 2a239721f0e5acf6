// SPDX-License-Identifier: GPL-2.0-only
import test, { type ExecutionContext } from 'ava';
import { type Creation, CreationError, type CreationTask, planCreation } from '../../../src/plan/creation/index.js';
import { enact, Kernel, type Process } from './kernel.js';

type Row = readonly [pid: number, ppid: number, pgid: number, sid: number];
const OWN = { shellJob: false, callerGroup: 2, ownPids: false };
const SHELL = { shellJob: true, callerGroup: 2, ownPids: false };

function tasks(rows: readonly Row[], zombies: readonly number[] = []): CreationTask[] {
  return rows.map(([pid, ppid, pgid, sid]) => ({ pid, ppid, pgid, sid, zombie: zombies.includes(pid) }));
}

/** What came of it, with the caller's ids as the images would have them. */
function outcome(creation: Creation<CreationTask>): Row[] {
  const { processes, caller } = enact(creation);
  return [...processes.values()]
    .filter((process) => process !== caller)
    .map(({ pid, parent, pgid, sid }): Row => [pid, parent === caller ? 0 : (parent?.pid ?? -1), pgid, sid])
    .sort(([a], [b]) => a - b);
}

function same(t: ExecutionContext, rows: readonly Row[], zombies: readonly number[] = []): void {
  t.deepEqual(
    outcome(planCreation(tasks(rows, zombies), OWN)),
    [...rows].sort(([a], [b]) => a - b),
  );
}

test('a session leader with children in its session', (t) => {
  same(t, [
    [100, 0, 100, 100],
    [101, 100, 101, 100],
    [102, 100, 101, 100],
    [103, 102, 100, 100],
  ]);
});

test('a chain of thousands, each the leader of a session', (t) => {
  const rows = Array.from({ length: 20_000 }, (_, i): Row => [100 + i, i === 0 ? 0 : 99 + i, 100 + i, 100 + i]);
  t.is(planCreation(tasks(rows), OWN).all.length, rows.length);
});

test('a group or session outside of its own PID namespace is that of the restorer', (t) => {
  const inside = { shellJob: true, callerGroup: 2, ownPids: true };
  const rows: Row[] = [
    [1, 0, 0, 0],
    [5, 1, 0, 0],
    [6, 1, 6, 0],
    [7, 6, 7, 7],
    [8, 6, 6, 0],
  ];
  const { all } = planCreation(tasks(rows), inside);
  t.deepEqual(
    all.map(({ pid, setsid, leads, joins }) => [pid, setsid, leads, joins]),
    [
      [1, false, false, undefined],
      [5, false, false, undefined],
      [6, false, true, undefined],
      [7, true, false, undefined],
      [8, false, false, 6],
    ],
  );
  t.throws(() => planCreation(tasks(rows), { ...inside, shellJob: false }), { instanceOf: CreationError });
  // Nobody can go back to a group that has no number inside.
  t.throws(
    () =>
      planCreation(
        tasks([
          [1, 0, 1, 0],
          [2, 1, 0, 0],
        ]),
        inside,
      ),
    { instanceOf: CreationError },
  );
});

test('a child that was made before its parent called setsid', (t) => {
  const rows: Row[] = [
    [100, 0, 100, 100],
    [101, 100, 101, 101],
    [102, 101, 100, 100],
    [103, 101, 101, 101],
  ];
  same(t, rows);
  const plan = planCreation(tasks(rows), OWN);
  t.deepEqual(
    plan.byPid.get(101)?.before.map(({ born }) => born.pid),
    [102],
  );
});

test('a root whose session leader is dead: the seed plays the leader', (t) => {
  const rows: Row[] = [
    [100, 0, 99, 99],
    [101, 100, 99, 99],
  ];
  same(t, rows);
  t.is(planCreation(tasks(rows), OWN).first.pid, 99);
});

test('an orphan in a session whose leader is dead', (t) => {
  same(t, [
    [100, 0, 100, 100],
    [201, 100, 200, 200],
    [202, 100, 200, 200],
    [203, 201, 203, 200],
  ]);
});

test('an orphan in a session whose leader lives elsewhere in the tree', (t) => {
  const rows: Row[] = [
    [100, 0, 100, 100],
    [101, 100, 101, 101],
    [102, 101, 102, 102],
    [103, 100, 103, 102],
  ];
  same(t, rows);
  t.true(planCreation(tasks(rows), OWN).first.adopts);
});

test('dead group leaders, and one who left the group it led', (t) => {
  same(t, [
    [100, 0, 100, 100],
    [101, 100, 150, 100],
    [102, 100, 150, 100],
    [103, 100, 100, 100],
    [104, 100, 103, 100],
  ]);
});

test('zombies: a session leader, a group leader, a member', (t) => {
  same(
    t,
    [
      [100, 0, 100, 100],
      [101, 100, 101, 101],
      [102, 100, 102, 100],
      [103, 100, 102, 100],
      [104, 100, 101, 101],
    ],
    [101, 102],
  );
});

test('a shell job: session and group are those of the caller', (t) => {
  const plan = planCreation(
    tasks([
      [100, 0, 90, 50],
      [101, 100, 101, 50],
      [102, 101, 90, 50],
      [103, 100, 103, 103],
    ]),
    SHELL,
  );
  t.deepEqual(outcome(plan), [
    [100, 0, 2, 1],
    [101, 100, 101, 1],
    [102, 101, 2, 1],
    [103, 100, 103, 103],
  ]);
});

test('a tree that cannot be made says which pid', (t) => {
  const error = t.throws(() => planCreation(tasks([[100, 0, 100, 100]], [100]), OWN), { instanceOf: CreationError });
  t.is(error?.pid, 100);
  const orphan: Row[] = [
    [100, 0, 100, 100],
    [101, 100, 101, 100],
    [102, 100, 102, 102],
    [103, 101, 103, 102],
  ];
  t.throws(() => planCreation(tasks(orphan), OWN), { instanceOf: CreationError, message: /session 102/ });
});

test('a chain of five thousand', (t) => {
  const rows = Array.from({ length: 5000 }, (_, i): Row => [100 + i, i === 0 ? 0 : 99 + i, 100, 100]);
  t.is(planCreation(tasks(rows), OWN).all.length, 5000);
});

/** A tree as real programs make it: forks, setsid, setpgid and exits at random. */
function history(seed: number): Row[] {
  let state = seed * 2654435761;
  const random = (below: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9) >>> 0;
    return (state >>> 8) % below;
  };
  const kernel = new Kernel();
  const root = kernel.fork(kernel.caller, 100);
  kernel.setsid(root);
  root.subreaper = true;
  let pid = 101;
  const attempt = (action: () => void): void => {
    try {
      action();
    } catch {}
  };
  for (let step = 0; step < 60; step++) {
    const living = [...kernel.processes.values()].filter((process) => process !== kernel.caller);
    const one = living[random(living.length)] as Process;
    const what = random(10);
    if (what < 5) kernel.fork(one, pid++);
    else if (what < 6) attempt(() => kernel.setsid(one));
    else if (what < 8) attempt(() => kernel.setpgid(one, random(2) ? one.pid : (living[random(living.length)] as Process).pgid));
    else if (one !== root) kernel.exit(one);
  }
  const rows: Row[] = [];
  const walk = (process: Process): void => {
    rows.push([process.pid, process === root ? 0 : (process.parent?.pid ?? -1), process.pgid, process.sid]);
    process.children.forEach(walk);
  };
  walk(root);
  return rows;
}

test('two thousand random histories come out as they were', (t) => {
  for (let seed = 1; seed <= 2000; seed++) {
    const rows = history(seed);
    const sorted = [...rows].sort(([a], [b]) => a - b);
    const result = outcome(planCreation(tasks(rows), OWN));
    if (JSON.stringify(result) !== JSON.stringify(sorted)) t.deepEqual(result, sorted, `history ${seed}`);
  }
  t.pass();
});
