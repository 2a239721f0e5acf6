// SPDX-License-Identifier: GPL-2.0-only
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../scripts/lib/root.js';
import { avaReader, closingLines, countCargo, noCounts } from '../../scripts/test/counts.js';
import { CACHE } from './cache.js';
import { debianRoot } from './debian.js';
import { KERNELS } from './kernels/index.js';
import { boot, bootShell } from './machine.js';
import type { Machine } from './machines/index.js';
import { type Options, options } from './options.js';
import { buildFor, projectDisk } from './project.js';
import { ramdisk } from './ramdisk.js';
import { type RustTests, rustTests } from './rust.js';
import { commanding, prompting, testing, testingRust } from './script.js';
import { costs, timed } from './timed.js';

/**
 * `npm run lab -- --arch arm64 test/e2e/programs.test.ts`: runs tests as root of a machine that QEMU emulates, on a kernel
 * other than this one's. See CONTRIBUTING.md, "The lab".
 */
async function main(): Promise<number> {
  const chosen = options(process.argv.slice(2));
  if (chosen === undefined) return 0;
  const { machine, shell, rust, command, build, processors, memory, patience } = chosen;
  if (build) await timed('building the project', () => buildFor(machine));
  const rustPrograms = rust ? await timed('building the Rust tests', () => rustTests(machine)) : [];
  const debian = await debianRoot(machine);
  const kernel = await KERNELS[chosen.kernel](machine, debian);
  const initial = await ramdisk(machine, kernel.modules);
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, 'run-'));
  try {
    const script = scriptFor(chosen, rustPrograms);
    const project = await timed('making the disk of the project', () => projectDisk(machine, script, rustPrograms, folder));
    const counts = noCounts();
    const read = rust ? (line: string) => countCargo(line, counts) : avaReader(counts);
    const onLine = (line: string): void => {
      console.log(line);
      read(line);
    };
    const disks = [join(debian, 'root.ext4'), project];
    const what = {
      machine,
      kernel,
      ramdisk: initial,
      disks,
      processors,
      memory,
      folder,
      patience,
      onLine,
    };
    if (shell) {
      await bootShell(what);
      return 0;
    }
    const code = await timed('the machine from start to end', () => boot(what)).finally(() => keepConsole(machine, folder));
    console.log(`lab: ${costs()}`);
    if (command !== undefined) return code;
    if (code !== 0 && counts.failed === 0) counts.failed = 1;
    console.log(closingLines(counts));
    return counts.failed > 0 || counts.passed === 0 ? 1 : 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function scriptFor({ shell, rust, command, tests, processors }: Options, rustPrograms: readonly RustTests[]): string {
  if (shell) return prompting();
  if (rust) return testingRust(rustPrograms);
  return command === undefined ? testing(tests, processors) : commanding(command);
}

/** The kernel's messages outlive the run, to be looked at. */
async function keepConsole(machine: Machine, folder: string): Promise<void> {
  const kept = join(root, 'build/lab', machine.debian);
  await mkdir(kept, { recursive: true });
  await copyFile(join(folder, 'console.log'), join(kept, 'console.log')).catch(() => undefined);
}

process.exitCode = await main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  return 1;
});
