// SPDX-License-Identifier: GPL-2.0-only
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { needing } from '../harness/needs.js';
import { Counter } from './lib/counter.js';
import { anyLeft } from './lib/processes.js';
import { scratch } from './lib/scratch.js';

/** The package as another project has it: installed under its name, with its declarations. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const lacks = (file: string) => () => (existsSync(join(ROOT, file)) ? undefined : `${file} has not been built: npm run build`);

const CONSUMER = `
import { check, type CheckReport, dump, type DumpReport, inspect, plan, restore, StasisError } from '@stasis-cr/stasis';
import { openImages } from '@stasis-cr/stasis/images';
import { verifyImages } from '@stasis-cr/stasis/images/tools';

const [pid, imagesDir] = [Number(process.argv[2]), String(process.argv[3])];
const host: CheckReport = await check();
const { tasks } = await inspect(pid);
const seen: string[] = [];
const dumped: DumpReport = await dump({ pid, imagesDir, onProgress: ({ stage }) => seen.push(stage) });
const images = await openImages(imagesDir);
const { problems } = await verifyImages(imagesDir);
const planned = await plan({ imagesDir });
const error: unknown = await dump({ pid, imagesDir: '/nowhere/images' }).catch((thrown: unknown) => thrown);
const kind = error instanceof StasisError ? error.kind : 'none';
const { tree } = await restore({ imagesDir });
tree?.kill('SIGTERM');
const exit = await tree?.wait();
console.log(JSON.stringify({
  ok: host.ok, comm: tasks[0]?.comm, after: dumped.after, seen: seen.includes('pages'), root: images.all('PSTREE')[0]?.pid,
  problems: problems.length, planned: planned.tasks.some((task) => task.pid === pid), kind, exit,
}));
`;

function project(folder: string): string {
  mkdirSync(join(folder, 'node_modules', '@stasis-cr'), { recursive: true });
  symlinkSync(ROOT, join(folder, 'node_modules', '@stasis-cr', 'stasis'));
  symlinkSync(join(ROOT, 'node_modules', '@types'), join(folder, 'node_modules', '@types'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'consumer.ts'), CONSUMER);
  const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, types: ['node'], skipLibCheck: false };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }));
  return folder;
}

needing({ root: true, programs: ['python3'], also: lacks('dist/js/index.js') })(
  'a program dumps and restores by the library',
  async (t) => {
    const folder = project(scratch(t));
    const target = new Counter(t, folder, '');
    await target.ready();
    execFileSync(
      join(ROOT, 'node_modules/.bin/esbuild'),
      ['consumer.ts', '--format=esm', '--target=node20', '--outfile=consumer.js'],
      {
        cwd: folder,
        stdio: 'pipe',
      },
    );
    const images = join(folder, 'images');
    const said = execFileSync(process.execPath, ['consumer.js', `${target.pid}`, images], { cwd: folder, encoding: 'utf8' });
    t.deepEqual(JSON.parse(said), {
      ...{
        ok: true,
        comm: 'python3',
        after: 'kill',
        seen: true,
        root: target.pid,
        problems: 0,
        planned: true,
        kind: 'destination',
      },
      exit: { code: null, signal: 15 },
    });
    t.is(await anyLeft([target.pid]), undefined);
  },
);

needing({ also: lacks('dist/types/index.d.ts') })('the declarations are what they promise to be', (t) => {
  const folder = project(scratch(t));
  execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['--noEmit', '-p', 'tsconfig.json'], { cwd: folder, stdio: 'pipe' });
  writeFileSync(join(folder, 'consumer.ts'), `${CONSUMER}\nexport const wrong: string = dumped.tasks;\n`);
  const error = t.throws(() =>
    execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['--noEmit', '-p', 'tsconfig.json'], { cwd: folder, stdio: 'pipe' }),
  );
  t.regex(String((error as Error & { stdout?: Buffer }).stdout), /consumer\.ts.*TS2322/);
});
