// SPDX-License-Identifier: GPL-2.0-only
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { needing } from '../harness/needs.js';
import { BIN, type Outcome, outcomeOf } from '../harness/stasis.js';
import { Counter } from './lib/counter.js';
import { anyLeft } from './lib/processes.js';
import { scratch } from './lib/scratch.js';

/** Restorers with few rights: what `check` calls enough is enough, and what is not is told before the kill. */
const SOMEBODY = 12_345;
const test = needing({ root: true, kernel: '5.11', programs: ['python3', 'setpriv'], also: outOfReach }).serial;

function outOfReach(): string | undefined {
  const [program = '', ...rest] = [...as(SOMEBODY, []), BIN, '--version'];
  return spawnSync(program, rest).status === 0 ? undefined : 'other users cannot reach this checkout';
}

/** What each kind asks a privilege for, if it asks for any. */
const STATE = `
import time, threading
a, b = socket.socketpair(); a.send(b"unread"); held += [a, b]
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(3); held += [s]
u = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); u.bind("HOME/name"); held += [u]
d = open("HOME/deleted", "w+"); d.write("content"); d.flush(); os.unlink("HOME/deleted"); held += [d]
r, w = os.pipe(); os.write(w, b"unread"); held += [r, w]
threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
if os.fork() == 0: time.sleep(1000)
`;

function as(user: number, capabilities: readonly string[]): string[] {
  const set = ['-all', ...capabilities.map((name) => `+${name}`)].join();
  if (user === 0) return ['setpriv', `--bounding-set=${set}`, '--inh-caps=-all'];
  const ids = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
  return ['setpriv', ...ids, `--inh-caps=${set}`, `--ambient-caps=${set}`];
}

function stasis(who: readonly string[], ...args: string[]): Promise<Outcome> {
  const [program = '', ...rest] = [...who, BIN, ...args];
  return outcomeOf(program, ...rest);
}

/** A folder that is the user's. */
function homeOf(t: ExecutionContext, user: number): string {
  const folder = scratch(t);
  chmodSync(folder, 0o755);
  const home = join(folder, 'home');
  mkdirSync(home);
  chownSync(home, user, user);
  return home;
}

for (const capabilities of [['checkpoint_restore'], ['checkpoint_restore', 'sys_ptrace']]) {
  test(`a user with ${capabilities.join(' and ')} dumps and restores what is the user's own`, async (t) => {
    const home = homeOf(t, SOMEBODY);
    const counter = new Counter(t, home, STATE.replaceAll('HOME', home), as(SOMEBODY, []));
    t.is(await counter.ready(), '');
    const who = as(SOMEBODY, capabilities);
    t.is((await stasis(who, 'check')).code, 0);
    const images = join(home, 'images');
    const dumped = await stasis(who, 'dump', `${counter.pid}`, '-D', images);
    t.is(dumped.code, 0, dumped.stderr);
    t.is(await anyLeft([counter.pid]), undefined);
    const restored = await stasis(who, 'restore', '-D', images, '--detach');
    t.is(restored.code, 0, restored.stderr);
    await counter.counts();
  });
}

test('a process with more rights than the dumper is not killed', async (t) => {
  const home = homeOf(t, 0);
  const counter = new Counter(t, home, '');
  await counter.ready();
  const few = as(0, ['checkpoint_restore', 'sys_ptrace', 'dac_override']);
  const images = join(home, 'images');
  const refused = await stasis(few, 'dump', `${counter.pid}`, '-D', images);
  t.is(refused.code, 9, refused.stderr);
  t.regex(refused.stderr, /it could not be restored here: .*it has CAP_CHOWN, .*which we have not/);
  t.false(existsSync(images));
  await counter.counts();
  // With the rights that the look asked for it goes both ways.
  t.is((await stasis([], 'dump', `${counter.pid}`, '-D', images)).code, 0);
  t.is(await anyLeft([counter.pid]), undefined);
  t.is((await stasis([], 'restore', '-D', images, '--detach')).code, 0);
  await counter.counts();
});

test('a deleted file of somebody else takes rights over files', async (t) => {
  const home = homeOf(t, 0);
  const file = join(home, 'deleted');
  writeFileSync(file, 'content');
  chownSync(file, SOMEBODY, SOMEBODY);
  chmodSync(file, 0o604);
  const hold = `held += [open("${file}")]; os.unlink("${file}")`;
  const counter = new Counter(t, home, hold, as(0, []));
  t.is(await counter.ready(), '');
  const images = join(home, 'images');
  const refused = await stasis(as(0, ['checkpoint_restore', 'sys_ptrace']), 'dump', `${counter.pid}`, '-D', images);
  t.is(refused.code, 9, refused.stderr);
  t.regex(refused.stderr, /deleted file .*deleted: owner: it belongs to user 12345: that needs CAP_CHOWN/);
  t.regex(refused.stderr, /deleted file .*deleted: mode: it is given away, and changed afterwards: that needs CAP_FOWNER/);
  t.regex(refused.stderr, /deleted file .*deleted: its mode does not let us open it: that needs CAP_DAC_OVERRIDE/);
  await counter.counts();
  const enough = as(0, ['checkpoint_restore', 'sys_ptrace', 'setpcap', 'chown', 'fowner', 'dac_override']);
  const dumped = await stasis(enough, 'dump', `${counter.pid}`, '-D', images);
  t.is(dumped.code, 0, dumped.stderr);
  t.is(await anyLeft([counter.pid]), undefined);
  const restored = await stasis(enough, 'restore', '-D', images, '--detach');
  t.is(restored.code, 0, restored.stderr);
  await counter.counts();
});

test('the file of a unix socket that was renamed takes a privilege to be found', async (t) => {
  const home = homeOf(t, SOMEBODY);
  const listen = `s = socket.socket(socket.AF_UNIX); s.bind("${home}/name"); os.rename("${home}/name", "${home}/other"); held += [s]`;
  const counter = new Counter(t, home, listen, as(SOMEBODY, []));
  t.is(await counter.ready(), '');
  const refused = await stasis(as(SOMEBODY, ['checkpoint_restore']), 'dump', `${counter.pid}`, '-D', join(home, 'images'));
  t.is(refused.code, 3, refused.stderr);
  t.regex(refused.stderr, /unix socket without its name: .*CAP_NET_ADMIN/);
  await counter.counts();
});

test('an unread message with the pid of its sender', async (t) => {
  const home = homeOf(t, SOMEBODY);
  const message = `
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
b.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
if os.fork() == 0:
    a.send(b"from the child"); os._exit(0)
os.wait(); held += [a, b]`;
  const counter = new Counter(t, home, message, as(SOMEBODY, []));
  t.is(await counter.ready(), '');
  const refused = await stasis(as(SOMEBODY, ['checkpoint_restore']), 'dump', `${counter.pid}`, '-D', join(home, 'images'));
  t.is(refused.code, 9, refused.stderr);
  t.regex(refused.stderr, /unread message of socket \d+: it bears the pid of its sender, \d+: that needs CAP_SYS_ADMIN/);
  await counter.counts();
});

test('the port of a service is for who may have it', async (t) => {
  const home = homeOf(t, SOMEBODY);
  const listen = `s = socket.socket(); s.bind(("127.0.0.1", 997)); s.listen(3); held += [s]`;
  const counter = new Counter(t, home, listen, as(SOMEBODY, ['net_bind_service']));
  const said = await counter.ready();
  if (said !== '') return t.fail(said);
  const refused = await stasis(
    as(SOMEBODY, ['checkpoint_restore', 'sys_ptrace']),
    'dump',
    `${counter.pid}`,
    '-D',
    join(home, 'images'),
  );
  t.is(refused.code, 9, refused.stderr);
  t.regex(refused.stderr, /socket at port 997: .*CAP_NET_BIND_SERVICE/);
  await counter.counts();
});
