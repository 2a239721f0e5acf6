// SPDX-License-Identifier: GPL-2.0-only
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from '../harness/launch.js';
import { needing } from '../harness/needs.js';
import { buildPrograms } from '../programs/build.js';
import { programs } from '../programs/catalogue.js';
import { Session } from '../programs/session.js';
import { commandLine, dumpGone } from './lib/driver.js';
import { killTree, until } from './lib/processes.js';
import { startRedis } from './lib/redis.js';
import { scratch } from './lib/scratch.js';

/** Programs of Debian, dumped, seen gone and restored by the command line, then questioned by their own clients. */
const KEYS = 100_000;
const value = (n: number): string => `value-${n}-${(n * 2_654_435_761) % 4_294_967_296}`;

needing({ root: true, programs: ['redis-server', 'redis-cli'] })('redis-server keeps 100 000 keys, and takes more', async (t) => {
  const folder = scratch(t);
  const { pid, ask, feed, idle } = await startRedis(folder);
  t.teardown(() => killTree(pid));
  const numbers = Array.from({ length: KEYS }, (_, n) => n);
  t.regex(feed(numbers.map((n) => `SET key-${n} ${value(n)}`).join('\r\n'), true), /errors: 0, replies: 100000$/);
  const digest = ask('DEBUG', 'DIGEST');

  await idle();
  await dumpGone(commandLine, pid, join(folder, 'images'));
  t.throws(() => ask('PING'), undefined, 'it answers although it is gone');
  await commandLine.restore(join(folder, 'images'));

  t.is(ask('DBSIZE'), `${KEYS}`);
  t.is(ask('DEBUG', 'DIGEST'), digest);
  const read = feed(numbers.map((n) => `GET key-${n}`).join('\n')).split('\n');
  t.is(read.length, KEYS);
  t.is(
    read.findIndex((line, n) => line !== value(n)),
    -1,
  );
  t.is(ask('SET', 'key-7', 'new'), 'OK');
  t.is(ask('INCRBY', 'visits', '3'), '3');
  t.is(ask('MGET', 'key-7', 'key-8', 'visits'), `new\n${value(8)}\n3`);
  t.is(ask('DBSIZE'), `${KEYS + 1}`);
});

needing({ root: true, programs: ['sqlite3', 'mkfifo'] })('sqlite3 commits a transaction that was open', async (t) => {
  const folder = scratch(t);
  const [database, input, output] = [join(folder, 'data.db'), join(folder, 'input'), join(folder, 'output')];
  const client = (sql: string): string => execFileSync('sqlite3', [database, sql], { encoding: 'utf8', stdio: 'pipe' }).trim();
  client('CREATE TABLE t (n INTEGER PRIMARY KEY, text TEXT)');
  execFileSync('mkfifo', [input]);
  // Both ends of the FIFO are its own, so its input never ends and nothing of it lies outside of the tree.
  const pid = launch(['bash', '-c', 'exec sqlite3 -batch -bail "$1" <>"$2"', 'open', database, input], { output });
  t.teardown(() => killTree(pid));
  writeFileSync(
    input,
    `BEGIN IMMEDIATE;
WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5000) INSERT INTO t SELECT n, 'row ' || n FROM c;
.shell touch ${folder}/inserted
`,
  );
  await until('the rows are inserted', () => existsSync(join(folder, 'inserted')));
  t.is(client('SELECT count(*) FROM t'), '0', 'the transaction is not open');

  await dumpGone(commandLine, pid, join(folder, 'images'));
  await commandLine.restore(join(folder, 'images'));

  t.throws(() => client('INSERT INTO t VALUES (0, 0)'), { message: /database is locked/ });
  t.is(client('SELECT count(*) FROM t'), '0');
  writeFileSync(input, `COMMIT;\nSELECT 'rows: ' || count(*) FROM t;\n.shell touch ${folder}/committed\n.quit\n`);
  await until('the transaction is committed', () => existsSync(join(folder, 'committed')));
  await until('sqlite3 ends', () => !existsSync(`/proc/${pid}`));
  t.is(readFileSync(output, 'utf8'), 'rows: 5000\n');
  t.is(client("SELECT count(*), sum(n), count(DISTINCT text) FROM t WHERE text = 'row ' || n"), '5000|12502500|5000');
  t.is(client('PRAGMA integrity_check'), 'ok');
  client("INSERT INTO t VALUES (0, 'by another')");
});

const LINES = 200_000;

needing({ root: true, programs: ['bash', 'seq', 'cat'] })(
  'a pipeline loses and doubles nothing of what was unread',
  async (t) => {
    const folder = scratch(t);
    const script = `seq ${LINES} | cat | {
    for ((n = 0; n < 1000; n++)); do read -r line; echo "$line"; done
    : >reading
    until [ -e go ]; do read -t 0.02 -r -u 9; done
    cat
  }; : >done`;
    // Descriptor 9 is never written to: reading from it is a sleep without another process.
    const pid = launch(['bash', '-c', `exec 9<> <(:); ${script}`], { cwd: folder, output: join(folder, 'output') });
    t.teardown(() => killTree(pid));
    await until('the pipeline runs', () => existsSync(join(folder, 'reading')));

    await dumpGone(commandLine, pid, join(folder, 'images'));
    await commandLine.restore(join(folder, 'images'));

    t.is(readFileSync(join(folder, 'output'), 'utf8').split('\n').length, 1001, 'it has not stopped in the middle');
    appendFileSync(join(folder, 'go'), '');
    await until('the pipeline ends', () => existsSync(join(folder, 'done')), 60);
    const lines = readFileSync(join(folder, 'output'), 'utf8').split('\n');
    t.is(lines.length, LINES + 1);
    t.is(
      lines.findIndex((line, n) => n < LINES && line !== `${n + 1}`),
      -1,
    );
  },
);

for (const name of ['real/buffer', 'tasks/threads 1000']) {
  const program = programs.find((each) => each.name === name);
  if (program === undefined) throw new Error(`there is no program ${name}`);
  needing({ root: true, ...program.needs })(`${program.proves}: the same answer before and after`, async (t) => {
    await buildPrograms([program]);
    const session = Session.start(program, { orphan: true });
    t.teardown(async () => {
      await session.end();
      await killTree(session.pid);
    });
    t.is(await session.first(), 'ready');
    const before = await session.go();
    t.regex(before, /^ok 1/);
    const images = join(scratch(t), 'images');
    await dumpGone(commandLine, session.pid, images);
    await commandLine.restore(images);
    t.is(await session.go(), before.replace('ok 1', 'ok 2'));
  });
}
