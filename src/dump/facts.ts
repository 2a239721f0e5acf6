// SPDX-License-Identifier: GPL-2.0-only
import { decodeInner, decodeSurvey, type Description, type Inner, State, type Survey, type Task } from '../facts/generated.js';
import { Reader } from '../facts/reader.js';
import { FileIds } from './file-ids.js';

export interface DumpContext {
  readonly shellJob: boolean;
}

/** Everything known of a frozen tree. */
export class Facts {
  readonly files: FileIds;
  /** By pid; empty until the tasks were asked from inside. */
  readonly inner = new Map<number, Inner>();
  private readonly byPid = new Map<number, Task>();
  private readonly byId = new Map<number, Description>();

  constructor(
    readonly survey: Survey,
    readonly options: DumpContext,
  ) {
    this.files = new FileIds(survey.descriptions);
    for (const task of survey.tasks) this.byPid.set(task.pid, task);
    for (const description of survey.descriptions) this.byId.set(description.id, description);
  }

  static decode(survey: Uint8Array, options: DumpContext): Facts {
    return new Facts(decodeSurvey(new Reader(survey), survey.length), options);
  }

  /** `buffers`: one for each task that is no zombie. */
  addInner(buffers: readonly Uint8Array[]): void {
    for (const buffer of buffers) {
      const inner = decodeInner(new Reader(buffer), buffer.length);
      this.inner.set(inner.pid, inner);
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
  get living(): readonly Task[] {
    return this.survey.tasks.filter((task) => task.state !== State.ZOMBIE);
  }

  task(pid: number): Task | undefined {
    return this.byPid.get(pid);
  }

  description(id: number): Description | undefined {
    return this.byId.get(id);
  }
}
