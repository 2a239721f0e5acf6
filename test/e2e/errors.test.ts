// SPDX-License-Identifier: GPL-2.0-only
import type { ErrorJson } from '../../src/errors/stasis-error.js';
import { needing } from '../harness/needs.js';
import { BIN, outcomeOf } from '../harness/stasis.js';
import { counter } from './lib/counter.js';
import { commandLine, dumpGone } from './lib/driver.js';

/** What the kernel refuses deep in the core arrives with all that was known of it: operation, object, call, errno, hint. */
const test = needing({ root: true, programs: ['python3'] });

async function failing(fault: string, ...args: string[]): Promise<ErrorJson> {
  const { stdout } = await outcomeOf('/usr/bin/env', `STASIS_FAULT=${fault}`, BIN, ...args, '--json');
  return (JSON.parse(stdout) as { readonly error: ErrorJson }).error;
}

interface Expected {
  readonly kind: ErrorJson['kind'];
  readonly operation: string;
  /** `PID`: that of the target; `IMAGES`: the directory. */
  readonly object: string;
  readonly cause: RegExp;
  readonly call: string;
  readonly hint?: RegExp;
}

const AT_DUMP: Readonly<Record<string, Expected>> = {
  'dump.write-pages:enospc': {
    kind: 'destination',
    operation: 'write',
    object: 'IMAGES/pages-1.img',
    cause: /^no space left on device$/,
    call: 'pwrite',
    hint: /free space there/,
  },
  'dump.create-pages:emfile': {
    kind: 'destination',
    operation: 'create',
    object: 'IMAGES/pages-1.img',
    cause: /^too many open files$/,
    call: 'openat',
  },
  'dump.descriptors:emfile': {
    kind: 'dump',
    operation: 'list the descriptors of',
    object: 'pid PID',
    cause: /^too many open files$/,
    call: 'open',
    hint: /raise the limit of open files/,
  },
  'dump.descriptor:eacces': {
    kind: 'permission',
    operation: 'read fdinfo',
    object: 'of fd 0 of pid PID',
    cause: /^permission denied$/,
    call: 'open',
    hint: /needs CAP_SYS_PTRACE/,
  },
  'dump.strand:eacces': {
    kind: 'permission',
    operation: 'ask the task about its state of',
    object: 'pid PID',
    cause: /^operation 0: permission denied$/,
    call: 'rt_sigaction',
  },
};

const AT_RESTORE: Readonly<Record<string, Expected>> = {
  'restore.arena:enospc': {
    kind: 'restore',
    operation: 'prepare the restore of',
    object: 'pid PID',
    cause: /^cannot create arena: no space left on device$/,
    call: 'memfd_create',
  },
  'restore.spawn:emfile': {
    kind: 'restore',
    operation: 'start the seed of',
    object: 'pid PID',
    cause: /^cannot create process: too many open files$/,
    call: 'clone3',
  },
  'restore.spawn:eacces': {
    kind: 'permission',
    operation: 'start the seed of',
    object: 'pid PID',
    cause: /^cannot create process: permission denied$/,
    call: 'clone3',
  },
};

const ERRNO: Readonly<Record<string, number>> = { enospc: 28, emfile: 24, eacces: 13 };

for (const [fault, { kind, operation, object, cause, call, hint }] of Object.entries({ ...AT_DUMP, ...AT_RESTORE })) {
  test(`${fault} arrives with its fields`, async (t) => {
    const { target, images } = await counter(t);
    const atDump = fault in AT_DUMP;
    if (!atDump) await dumpGone(commandLine, target.pid, images);
    const args = atDump ? ['dump', `${target.pid}`, '--leave-running'] : ['restore', '--detach'];
    const error = await failing(fault, ...args, '--images-dir', images);
    const name = fault.slice(fault.indexOf(':') + 1);
    t.is(error.kind, kind, error.message);
    t.is(error.operation, operation, error.message);
    t.is(error.object.replace(`pid ${target.pid}`, 'pid PID').replace(images, 'IMAGES'), object, error.message);
    t.regex(error.cause, cause);
    t.is(error.details?.call, call);
    t.is(error.details?.errno, ERRNO[name]);
    t.is(error.details?.errnoName, name.toUpperCase());
    if (hint) t.regex(error.hint ?? '', hint);
    if (atDump) await target.counts();
    else await commandLine.restore(images);
  });
}
