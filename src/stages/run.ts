// SPDX-License-Identifier: GPL-2.0-only

import { now } from './clock.js';
import { faultAt } from './fault.js';
import type { NoteListener, StageTime } from './progress.js';

/** A step of a dump or restore. */
export interface Stage<C> {
  readonly name: string;
  /** Stages that must have run before. */
  readonly needs?: readonly string[];
  run(context: C): Promise<void> | void;
  /** Once it has run there is no way back: the signal is not looked at any more. */
  readonly final?: boolean;
  /** Takes back what `run` did, even if it failed half-way. Runs if a later stage fails, last stage first. */
  undo?(context: C): Promise<void> | void;
}

export interface StageHooks {
  /** What the stages make, for the names of its steps. */
  readonly work?: 'dump' | 'restore';
  readonly signal?: AbortSignal | undefined;
  readonly onStage?: (name: string) => void;
  readonly onNote?: NoteListener | undefined;
  /** What is worth telling after a stage. */
  readonly about?: (name: string) => string | undefined;
}

/** Runs stages in order; if one fails or the signal comes, all that ran are undone and the reason is thrown. */
export async function runStages<C>(stages: readonly Stage<C>[], context: C, hooks: StageHooks): Promise<StageTime[]> {
  checkNeeds(stages);
  const times: StageTime[] = [];
  const begun: Stage<C>[] = [];
  let settled = false;
  try {
    for (const stage of stages) {
      if (!settled) hooks.signal?.throwIfAborted();
      hooks.onStage?.(stage.name);
      hooks.onNote?.(`${stage.name}: begins`);
      begun.push(stage);
      const start = now();
      faultAt(`${hooks.work}/${stage.name}`);
      await stage.run(context);
      faultAt(`${hooks.work}/${stage.name}.done`);
      times.push({ stage: stage.name, ms: now() - start });
      tellEnd(hooks, stage.name, now() - start);
      settled ||= stage.final ?? false;
    }
  } catch (error) {
    hooks.onNote?.(`${begun.at(-1)?.name ?? 'nothing'}: failed: ${error instanceof Error ? error.message : error}`);
    await undoAll(begun, context, error, hooks.onNote);
    throw error;
  }
  return times;
}

function tellEnd({ onNote, about }: StageHooks, name: string, ms: number): void {
  if (!onNote) return;
  const more = about?.(name);
  onNote(`${name}: took ${ms.toFixed(1)} ms${more === undefined ? '' : `; ${more}`}`);
}

/** What cannot be undone is told with the error that led to it, and does not keep the rest from being undone. */
async function undoAll<C>(begun: readonly Stage<C>[], context: C, error: unknown, onNote?: NoteListener): Promise<void> {
  for (const stage of begun.toReversed()) {
    if (!stage.undo) continue;
    try {
      await stage.undo(context);
      onNote?.(`${stage.name}: taken back`);
    } catch (again) {
      onNote?.(`${stage.name}: cannot be taken back: ${again instanceof Error ? again.message : again}`);
      if (error instanceof Error) Object.assign(error, { undone: false, undoError: again });
    }
  }
}

function checkNeeds<C>(stages: readonly Stage<C>[]): void {
  const seen = new Set<string>();
  for (const { name, needs = [] } of stages) {
    const lacking = needs.find((need) => !seen.has(need));
    if (lacking !== undefined) throw new TypeError(`stage ${name} needs ${lacking} before it`);
    seen.add(name);
  }
}
