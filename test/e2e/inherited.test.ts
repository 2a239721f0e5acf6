// SPDX-License-Identifier: GPL-2.0-only
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { needing } from '../harness/needs.js';
import { BIN, outcomeOf, stasis } from '../harness/stasis.js';
import { counter } from './lib/counter.js';

/** What clone(2) hands on: a tree gets nothing that whoever restores it was given. */
const test = needing({ root: true, programs: ['python3', 'ionice', 'setpriv'] });

/** A command with all of it, which runs the command behind it. What this kernel does not know goes without. */
const GIVEN = `
import ctypes, os, struct, sys
libc = ctypes.CDLL(None)
libc.personality(0x0040000)                            # ADDR_NO_RANDOMIZE
for args in [(41, 1), (67, 1), (33, 1, 1), (57, 1)]:   # THP_DISABLE, MEMORY_MERGE, MCE_KILL, IO_FLUSHER
    libc.prctl(*args, *([0] * (5 - len(args))))
for kind in (0, 1):                                    # SPECULATION_CTRL: DISABLE
    libc.prctl(53, kind, 4, 0, 0)
if os.uname().machine == 'x86_64':
    libc.syscall(238, 2, (ctypes.c_uint64 * 1)(1), 64) # set_mempolicy: MPOL_BIND to node 0
    slice = struct.pack('=IIQiIQQQ', 48, 0, 0, 7, 0, 9_000_000, 0, 0)
    libc.syscall(314, 0, slice, 0)                     # sched_setattr
os.umask(0o77)
os.execvp(sys.argv[1], sys.argv[1:])`;
const GIVE = ['ionice', '-c', '3', 'python3', '-c', GIVEN];

/** As the kernel tells it of a process. */
function told(pid: number): Record<string, string | undefined> {
  const file = (name: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${name}`, 'latin1');
    } catch {
      return 'not told';
    }
  };
  const status = file('status').split('\n');
  const told = ['THP_enabled', 'Speculation_Store_Bypass', 'SpeculationIndirectBranch', 'Umask'].map((name) => [
    name,
    status.find((line) => line.startsWith(name)),
  ]);
  return {
    ...Object.fromEntries(told),
    personality: file('personality'),
    merging: /ksm_merge_any.*/.exec(file('ksm_stat'))?.[0],
    slice: /se\.slice.*/.exec(file('sched'))?.[0],
    policy: file('numa_maps').split(/[ \n]/)[1],
    priority: execFileSync('ionice', ['-p', `${pid}`], { encoding: 'latin1' }),
  };
}

test('the tree gets nothing that whoever restores it was given', async (t) => {
  const { target, images } = await counter(t);
  const before = told(target.pid);
  const dumped = await stasis('dump', `${target.pid}`, '-D', images);
  t.is(dumped.code, 0, dumped.stderr);
  const [program = '', ...args] = [...GIVE, BIN, 'restore', '-D', images, '--detach'];
  const restored = await outcomeOf(program, ...args);
  t.is(restored.code, 0, restored.stderr);
  await target.counts();
  t.deepEqual(told(target.pid), before);
});

test('that much is handed on where nobody takes it off', async (t) => {
  const [program = '', ...args] = [...GIVE, 'cat', '/proc/self/personality', '/proc/self/status'];
  const { stdout } = await outcomeOf(program, ...args);
  t.regex(stdout, /^00040000\n(.*\n)*THP_enabled:\t0/);
});

test('what cannot be taken off is told', async (t) => {
  const { target, images } = await counter(t);
  const dumped = await stasis('dump', `${target.pid}`, '-D', images);
  t.is(dumped.code, 0, dumped.stderr);
  const restored = await outcomeOf('setpriv', '--no-new-privs', BIN, 'restore', '-D', images, '--detach');
  t.is(restored.code, 0, restored.stderr);
  t.regex(restored.stderr, /no_new_privs/);
  await target.counts();
});
