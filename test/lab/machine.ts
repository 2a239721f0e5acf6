// SPDX-License-Identifier: GPL-2.0-only
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Kernel } from './kernels/index.js';
import type { Machine } from './machines/index.js';
import { note } from './timed.js';

/** What a run of a machine needs. */
export interface Boot {
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly ramdisk: string;
  /** The root file system and the project, neither of which is changed. */
  readonly disks: readonly string[];
  readonly processors: number;
  readonly memory: string;
  /** A folder for the console's log. */
  readonly folder: string;
  /** A machine that says nothing for so many seconds hangs. */
  readonly patience: number;
  readonly onLine: (line: string) => void;
}

const TAIL = 60;

/** Runs a machine until it turns itself off. Resolves to what its script ended with. @throws Error where it did not, with the end of its console */
export async function boot(what: Boot): Promise<number> {
  const log = join(what.folder, 'console.log');
  const [program = '', ...rest] = commandOf(what, 'stdio', log);
  const began = performance.now();
  const qemu = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let result: number | undefined;
  let hangs = false;
  let watch = setTimeout(() => undefined, 0);
  const rearm = (): void => {
    clearTimeout(watch);
    watch = setTimeout(() => {
      hangs = true;
      qemu.kill('SIGKILL');
    }, what.patience * 1000);
  };
  rearm();
  createInterface({ input: qemu.stdout }).on('line', (line) => {
    rearm();
    const ended = /^lab: ended with (\d+)$/.exec(line.trimEnd());
    if (ended) result = Number(ended[1]);
    else if (line.startsWith('lab: ready ')) note(`time to prompt (${line.slice(11).trim()})`, began);
    else what.onLine(line.trimEnd());
  });
  await new Promise<void>((done, fail) => qemu.on('error', fail).on('close', () => done()));
  clearTimeout(watch);
  if (result !== undefined) return result;
  const tail = (await readFile(log, 'latin1')).trimEnd().split('\n').slice(-TAIL).join('\n');
  const how = hangs ? `said nothing for ${what.patience} s` : 'ended before its script did';
  throw new Error(`the machine ${how}; the end of its console:\n${tail}`);
}

/** Runs a machine with its terminal on ours. */
export async function bootShell(what: Boot): Promise<void> {
  const log = join(what.folder, 'console.log');
  createWriteStream(log).end();
  const [program = '', ...rest] = commandOf(what, 'stdio,signal=off', log);
  const qemu = spawn(program, rest, { stdio: 'inherit' });
  await new Promise<void>((done, fail) => qemu.on('error', fail).on('close', () => done()));
}

function commandOf({ machine, kernel, ramdisk, disks, processors, memory }: Boot, terminal: string, log: string): string[] {
  // A panic ends the machine.
  const line = `console=${machine.console} panic=-1 oops=panic rdinit=/init loglevel=7 ${kernel.parameters}`;
  const drives = disks.flatMap((disk, index) => [
    ...['-drive', `file=${disk},if=none,id=disk${index},format=raw,snapshot=on,cache=unsafe`],
    ...['-device', `virtio-blk-pci,drive=disk${index}`],
  ]);
  return [
    ...['nice', '-n', '15'],
    ...machine.qemu,
    ...['-accel', 'tcg,thread=multi', '-smp', String(processors), '-m', memory],
    ...['-nodefaults', '-display', 'none', '-no-reboot'],
    ...['-kernel', kernel.image, '-initrd', ramdisk, '-append', line],
    ...['-serial', `file:${log}`],
    ...['-device', 'virtio-serial-pci', '-chardev', `${terminal},id=terminal`.replace(/^stdio,signal=off,/, 'stdio,signal=off,')],
    ...['-device', 'virtconsole,chardev=terminal', '-device', 'virtio-rng-pci'],
    ...drives,
  ];
}
