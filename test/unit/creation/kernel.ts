// SPDX-License-Identifier: GPL-2.0-only
import type { Born, Creation, CreationTask } from '../../../src/plan/creation/index.js';

export interface Process {
  pid: number;
  parent: Process | undefined;
  pgid: number;
  sid: number;
  subreaper: boolean;
  children: Process[];
}

/** The few rules of the kernel that matter for parents, sessions and groups: clone(2), setsid(2), setpgid(2), exit(2). */
export class Kernel {
  readonly processes = new Map<number, Process>();
  private nextPid = 10_000;
  readonly caller: Process = { pid: 2, parent: undefined, pgid: 2, sid: 1, subreaper: true, children: [] };

  constructor() {
    this.processes.set(2, this.caller);
  }

  fork(by: Process, pid = 0, sibling = false): Process {
    const id = pid || this.nextPid++;
    if (this.processes.has(id)) throw new Error(`EEXIST: pid ${id}`);
    const parent = sibling ? by.parent : by;
    if (!parent) throw new Error('EINVAL: no parent to share');
    const made = { pid: id, parent, pgid: by.pgid, sid: by.sid, subreaper: false, children: [] };
    parent.children.push(made);
    this.processes.set(id, made);
    return made;
  }

  setsid(process: Process): void {
    for (const other of this.processes.values())
      if (other.pgid === process.pid) throw new Error(`EPERM: setsid of ${process.pid}`);
    process.sid = process.pgid = process.pid;
  }

  setpgid(process: Process, pgid: number): void {
    if (process.sid === process.pid) throw new Error(`EPERM: setpgid of session leader ${process.pid}`);
    if (pgid !== process.pid) {
      const member = [...this.processes.values()].find((other) => other.pgid === pgid);
      if (!member || member.sid !== process.sid) throw new Error(`EPERM: setpgid(${process.pid}, ${pgid})`);
    }
    process.pgid = pgid;
  }

  exit(process: Process): void {
    let heir = process.parent;
    while (heir && !heir.subreaper) heir = heir.parent;
    for (const child of process.children) {
      child.parent = heir;
      heir?.children.push(child);
    }
    this.processes.delete(process.pid);
    const siblings = process.parent?.children;
    siblings?.splice(siblings.indexOf(process), 1);
  }
}

/** Carries out a plan as the strands would; returns what there is afterwards, helpers gone. */
export function enact<T extends CreationTask>(creation: Creation<T>): Kernel {
  const kernel = new Kernel();
  const at = new Map<Born<T>, Process>();
  begin(kernel.fork(kernel.caller, creation.first.pid), creation.first);
  for (const [born, process] of at) if (born.joins !== undefined) kernel.setpgid(process, born.joins);
  for (const [born, process] of at) if (born.moves !== undefined) kernel.setpgid(process, born.moves);
  for (const [born, process] of at) if (!born.task) kernel.exit(process);
  return kernel;

  function begin(process: Process, born: Born<T>): void {
    at.set(born, process);
    if (born.adopts) process.subreaper = true;
    make(process, born.before);
    if (born.setsid) kernel.setsid(process);
    if (born.leads) kernel.setpgid(process, process.pid);
    make(process, born.after);
  }

  function make(maker: Process, list: Born<T>['after']): void {
    for (const { how, born } of list) {
      if (how === 'orphan') {
        const between = kernel.fork(maker);
        const made = kernel.fork(between, born.pid);
        begin(made, born);
        kernel.exit(between);
      } else begin(kernel.fork(maker, born.pid, how === 'sibling'), born);
    }
  }
}
