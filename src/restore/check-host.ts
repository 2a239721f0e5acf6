// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import type { Images } from '../model/images.js';
import { isAlive, type Model } from '../model/types.js';
import type { Checks } from '../plan/checks.js';
import type { RestoreHost } from '../plan/tree.js';
import { vdsoMismatch, vdsoSizes } from '../subsystems/memory/mappings/vdso.js';
import { bearerOf, idsOf } from './pids.js';

/** What every restore needs, whatever it holds: free pids (`taken` are not), and the same kernel interface. */
export function checkHost(model: Model, images: Images, host: RestoreHost, taken: ReadonlySet<number>, checks: Checks): void {
  checkPids(model, taken, checks);
  checkMachine(images, host, checks);
  checkVdso(model, images, host, checks);
}

function checkPids({ tasks }: Model, taken: ReadonlySet<number>, checks: Checks): void {
  const most = Number(readFileSync('/proc/sys/kernel/pid_max', 'latin1'));
  for (const task of tasks) {
    const { pid } = task;
    for (const tid of idsOf(task)) {
      const object = tid === pid ? `pid ${pid}` : `thread ${tid} of pid ${pid}`;
      if (tid >= most) {
        checks.problem({ operation: 'restore', object, cause: `pids end at ${most} here`, hint: 'raise kernel.pid_max' });
      } else if (taken.has(tid)) {
        const { name, hint } = bearerOf(tid);
        checks.problem({ operation: 'restore', object, cause: `the pid is taken by ${name}`, hint });
      }
    }
  }
}

function checkMachine({ manifest }: Images, { facts }: RestoreHost, checks: Checks): void {
  if (!manifest?.machine || manifest.machine === facts.machine) return;
  checks.problem({ operation: 'restore', object: 'images', cause: `they are of ${manifest.machine}, this is ${facts.machine}` });
}

/** Tasks may hold addresses inside of the vdso, so it has to be the very same. */
function checkVdso({ tasks }: Model, { manifest }: Images, { facts }: RestoreHost, checks: Checks): void {
  const dumped = manifest?.vdso?.sha256;
  if (dumped && Buffer.compare(dumped, facts.vdsoSha256) !== 0) {
    checks.problem({
      operation: 'restore',
      object: 'images',
      cause: `they are of kernel ${manifest?.kernel_release ?? 'unknown'}, whose vdso differs from that of ${facts.release}`,
      hint: 'restore on the kernel of the dump',
    });
    return;
  }
  const sizes = vdsoSizes(facts);
  for (const task of tasks) {
    const cause = isAlive(task) && vdsoMismatch(sizes, task.alive.mm);
    if (!cause) continue;
    checks.problem({
      operation: 'restore',
      object: `pid ${task.pid} (${task.comm})`,
      cause,
      hint: 'restore on the kernel of the dump',
    });
    return;
  }
}
