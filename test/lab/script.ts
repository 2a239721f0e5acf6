// SPDX-License-Identifier: GPL-2.0-only
import { join, relative, resolve } from 'node:path';
import { root } from '../../scripts/lib/root.js';
import { COMPILED } from '../../scripts/test/compile.js';
import { placeOf, type RustTests } from './rust.js';

/** Environment variables that choose tests. */
const PASSED_ON = /^STASIS_(PROGRAMS|KILLS|FAULT|DEBUG)$/;

/** What a machine runs: the checkout is where it is here, as the compiled tests name their files by path. */
function entered(...lines: readonly string[]): string {
  const passed = Object.entries(process.env).filter(([name]) => PASSED_ON.test(name));
  return [
    'ip link set lo up',
    'hostname lab',
    // The console tells of programs that crash; no colours, as the report is read line by line.
    'echo 1 >/proc/sys/debug/exception-trace',
    'export FORCE_COLOR=0',
    // Debian's own, which the root file system has.
    'export STASIS_PEER=/usr/sbin/criu',
    `mkdir -p ${quoted(root)} && mount --bind /lab/tree ${quoted(root)} && cd ${quoted(root)} || exit 125`,
    ...passed.map(([name, value]) => `export ${name}=${quoted(value ?? '')}`),
    // The host waits for this line.
    'echo "lab: ready $(uname -r)"',
    ...lines,
    '',
  ].join('\n');
}

/** Runs tests, as `npm test` does: in PID and mount namespaces of their own. */
export function testing(paths: readonly string[], processors: number): string {
  const patterns = paths.map((path) => {
    const compiled = `${COMPILED}/${relative(root, resolve(path))}`;
    return quoted(compiled.endsWith('.ts') ? compiled.replace(/\.ts$/, '.js') : `${compiled}/**/*.test.js`);
  });
  const own = 'unshare --pid --fork --mount-proc --kill-child=SIGKILL build/harness/init';
  const ava = `node node_modules/ava/entrypoints/cli.mjs --timeout=20m --concurrency ${processors}`;
  return entered(`exec ${own} ${ava} ${patterns.join(' ')}`);
}

/** Runs programs of Rust tests one after the other, each where cargo would. */
export function testingRust(tests: readonly RustTests[]): string {
  const runs = tests.map(
    (one) =>
      `echo ${quoted(placeOf(one))}; (cd ${quoted(one.folder)} && ${quoted(join(root, placeOf(one)))} --quiet) || failed=101`,
  );
  return entered('failed=0', ...runs, 'exit $failed');
}

/** Runs a command of the shell. */
export function commanding(command: string): string {
  return entered(command);
}

/** Gives a prompt. */
export function prompting(): string {
  return entered('stty sane', 'exec bash -i');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
