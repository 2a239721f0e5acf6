// SPDX-License-Identifier: GPL-2.0-only
export { check } from './check/index.js';
export type { Availability, CheckReport, Feature } from './check/types.js';
export { dump } from './dump/index.js';
export type { AfterDump, DumpOptions, DumpReport } from './dump/types.js';
export { type ErrorDetails, type ErrorJson, type ErrorKind, StasisError } from './errors/index.js';
export { inspect } from './inspect/index.js';
export type {
  Holder,
  InspectedDescriptor,
  InspectedTask,
  InspectOptions,
  InspectReport,
  MemoryKind,
  MemoryOfKind,
  MemorySize,
  MemorySummary,
  Refusal,
} from './inspect/types.js';
export { plan, restore } from './restore/index.js';
export type {
  PlannedOperation,
  PlanOptions,
  RestoredTree,
  RestoreOptions,
  RestorePlan,
  RestoreReport,
  TaskPlan,
  TreeExit,
} from './restore/types.js';
export type { NoteListener, Progress, ProgressListener, StageTime } from './stages/progress.js';
export { cleanup } from './undo/index.js';
export type { CleanedCommand, CleanedItem, CleanupOptions, CleanupReport } from './undo/types.js';
