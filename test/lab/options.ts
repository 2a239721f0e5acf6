// SPDX-License-Identifier: GPL-2.0-only
import { parseArgs } from 'node:util';
import { KERNELS, type KernelName } from './kernels/index.js';
import { MACHINES, type Machine } from './machines/index.js';

export interface Options {
  readonly machine: Machine;
  readonly kernel: KernelName;
  readonly shell: boolean;
  readonly rust: boolean;
  readonly command: string | undefined;
  readonly build: boolean;
  readonly processors: number;
  readonly memory: string;
  readonly patience: number;
  /** Files and folders of tests. */
  readonly tests: readonly string[];
}

const USAGE = `usage: npm run lab -- [OPTION...] TEST...
  --arch ${Object.keys(MACHINES).join('|')}    the machine; default: arm64
  --kernel ${Object.keys(KERNELS).join('|')}  Debian 12's own, or one made from its source and kernel/config
  --shell                a prompt in place of tests
  --rust                 the Rust tests
  --command COMMAND      a command of the shell in place of tests
  --no-build             take what is built already
  --processors N, --memory SIZE (2, 3G)
  --patience SECONDS     a machine that is silent for so long hangs (600)`;

/** Undefined: it was asked how this is used, and told. @throws Error with how it is used */
export function options(words: readonly string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      arch: { type: 'string', default: 'arm64' },
      kernel: { type: 'string', default: 'debian' },
      shell: { type: 'boolean', default: false },
      rust: { type: 'boolean', default: false },
      command: { type: 'string' },
      'no-build': { type: 'boolean', default: false },
      processors: { type: 'string', default: '2' },
      memory: { type: 'string', default: '3G' },
      patience: { type: 'string', default: '600' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return undefined;
  }
  const machine = MACHINES[values.arch];
  const said = positionals.length > 0 || values.shell || values.rust || values.command !== undefined;
  if (machine === undefined || !Object.hasOwn(KERNELS, values.kernel) || !said) throw new Error(USAGE);
  return {
    machine,
    kernel: values.kernel as KernelName,
    shell: values.shell,
    rust: values.rust,
    command: values.command,
    build: !values['no-build'],
    processors: Number(values.processors),
    memory: values.memory,
    patience: Number(values.patience),
    tests: positionals,
  };
}
