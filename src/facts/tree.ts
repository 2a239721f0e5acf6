// SPDX-License-Identifier: GPL-2.0-only

import { Memo } from '../memo.js';
import { decodeThreads } from './decode-threads.js';
import { FileIds } from './file-ids.js';
import {
  type Description,
  decodeInner,
  decodeSurvey,
  type Inner,
  type MemoryObject,
  type Refusal,
  State,
  type Survey,
  type Task,
} from './generated.js';
import { FactsReader } from './reader.js';

/** Whether a task is stopped: what it was when it was frozen may have been changed by a signal since. */
function stopOf({ stopSignal }: Inner): Pick<Task, 'state' | 'stopSignal'> {
  return { state: stopSignal > 0 ? State.STOPPED : State.RUNNING, stopSignal };
}

export interface DumpContext {
  readonly shellJob: boolean;
}

/** What is refused, and why. */
export type Refused = { readonly kind: string; readonly cause: string; readonly hint?: string } & (
  | { readonly fd: number }
  | { readonly object?: string }
);

/** Everything known of a frozen tree. */
export class Facts {
  readonly files: FileIds;
  /** What subsystems derive from it. */
  readonly memo = new Memo();
  /** By pid; empty until the tasks were asked from inside. */
  readonly inner = new Map<number, Inner>();
  /** Guard pages met while pages were moved: start, end, … by pid. */
  readonly guards = new Map<number, readonly number[]>();
  private readonly byPid = new Map<number, Task>();
  private readonly byHostPid = new Map<number, Task>();
  private readonly byId = new Map<number, Description>();
  private readonly objects = new Map<number, MemoryObject>();

  constructor(
    readonly survey: Survey,
    readonly options: DumpContext,
  ) {
    this.living = survey.tasks.filter((task) => task.state !== State.ZOMBIE);
    this.files = new FileIds(survey.descriptions);
    for (const task of survey.tasks) {
      this.byPid.set(task.pid, task);
      this.byHostPid.set(task.hostPid, task);
    }
    for (const object of survey.memoryObjects) this.objects.set(object.id, object);
    for (const description of survey.descriptions) this.byId.set(description.id, description);
  }

  static decode(survey: Uint8Array, options: DumpContext): Facts {
    return new Facts(decodeSurvey(new FactsReader(survey), survey.length), options);
  }

  /** `buffers`: one Inner for each task that is no zombie, then the survey again, its threads complete. */
  complete(buffers: readonly Uint8Array[]): void {
    for (const buffer of buffers.slice(0, this.living.length)) {
      const inner = decodeInner(new FactsReader(buffer), buffer.length);
      this.inner.set(inner.pid, inner);
      const task = this.byPid.get(inner.pid);
      if (task) Object.assign(task, stopOf(inner));
    }
    const again = buffers[this.living.length];
    if (!again) return;
    for (const { pid, threads } of decodeThreads(again)) {
      const known = this.byPid.get(pid);
      if (known) known.threads = threads;
    }
  }

  /** Parents before children, the root first; zombies included. */
  get tasks(): readonly Task[] {
    return this.survey.tasks;
  }

  get root(): Task {
    return this.survey.tasks[0] as Task;
  }

  /** All but zombies. */
  readonly living: readonly Task[];

  task(pid: number): Task | undefined {
    return this.byPid.get(pid);
  }

  /** The task with this number here, as people know it. */
  onHost(hostPid: number): Task | undefined {
    return this.byHostPid.get(hostPid);
  }

  /** A task's number on this host. */
  hostPid(pid: number): number {
    return this.byPid.get(pid)?.hostPid ?? pid;
  }

  /** Something of a task that cannot be dumped, for people. `fd` instead of `object`: a descriptor, of which -1 is one in flight. */
  refusal(pid: number, what: Refused): Refusal {
    const { kind, cause, hint = '' } = what;
    const object = 'fd' in what ? (what.fd < 0 ? 'a descriptor in flight' : `fd ${what.fd}`) : (what.object ?? '');
    return { pid: this.hostPid(pid), comm: this.task(pid)?.comm ?? '', object, kind, cause, hint };
  }

  memoryObject(id: number): MemoryObject | undefined {
    return this.objects.get(id);
  }

  description(id: number): Description | undefined {
    return this.byId.get(id);
  }
}
