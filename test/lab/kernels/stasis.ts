// SPDX-License-Identifier: GPL-2.0-only
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { cached } from '../cache.js';
import type { Machine } from '../machines/index.js';
import { must } from '../run.js';
import { fragments, lost } from './config.js';
import type { Kernel } from './kernel.js';
import { applied, patches } from './patches.js';
import { source, unpackSource } from './source.js';

/** Raised when kernels are to be made anew although what they are made of has not changed by name. */
const EDITION = 1;
/** A framebuffer in memory; drivers/video/fbdev/vfb.c makes one only if it is told of. 4 MiB: 1024 × 1024 pixels of 32 bits. */
const PARAMETERS = 'video=vfb:800x600-32 vfb.videomemorysize=4194304';

/** Debian's source of Linux 6.1 with the options and the patches of `kernel/`. */
export async function stasisKernel(machine: Machine): Promise<Kernel> {
  const { archive, version } = await source();
  const wanted = await fragments(machine.linux);
  const changes = await patches();
  const inputs = [EDITION, version, machine.linux, wanted, changes, await toolsOf(machine)];
  const folder = await cached(`kernel-${machine.debian}`, inputs, async (folder) => {
    const sources = join(folder, 'source');
    await mkdir(sources);
    await unpackSource(archive, sources);
    await applied(changes, sources);
    const [made, wantedFile] = [join(folder, 'made'), join(folder, 'wanted')];
    await writeFile(wantedFile, wanted);
    const cross = machine.compiler.replace(/gcc$/, '');
    const make = (...words: string[]): Promise<string> =>
      must('nice', ['make', '-s', '-C', sources, `O=${made}`, `ARCH=${machine.linux}`, `CROSS_COMPILE=${cross}`, ...words]);
    // Whatever no fragment asks for is off, if it can be.
    await make(`KCONFIG_ALLCONFIG=${wantedFile}`, 'allnoconfig');
    await make('olddefconfig');
    const got = await readFile(join(made, '.config'), 'utf8');
    const missing = lost(wanted, got);
    if (missing.length > 0) throw new Error(`this kernel cannot have all of kernel/config:\n${missing.join('\n')}`);
    console.log(`lab: Linux ${version} for ${machine.linux} is made; that takes minutes`);
    await make(`-j${availableParallelism()}`, machine.image.goal);
    await must('cp', [join(made, machine.image.path), join(folder, 'image')]);
    await writeFile(join(folder, 'config'), got);
    await must('rm', ['-rf', sources, made, wantedFile]);
  });
  return { image: join(folder, 'image'), modules: undefined, parameters: PARAMETERS };
}

/** The versions of what compiles, links and describes it. */
async function toolsOf({ compiler }: Machine): Promise<readonly string[]> {
  const linker = compiler.replace(/gcc$/, 'ld');
  const told = await Promise.all([compiler, linker, 'pahole'].map((program) => must(program, ['--version'])));
  return told.map((text) => text.split('\n')[0] ?? '');
}
