// SPDX-License-Identifier: GPL-2.0-only
import { describeErrno } from './errno.js';
import type { ErrorKind } from './kinds.js';
import { StasisError } from './stasis-error.js';

/** What the native part throws, as JSON in the message of its error. */
export interface NativeFailure {
  /** Stage of the work, in kebab case: `seize`, `read-page-map`. Becomes the operation where none is given. */
  readonly stage: string;
  readonly kind?: ErrorKind;
  readonly operation?: string;
  readonly object?: string;
  readonly pid?: number;
  readonly tid?: number;
  readonly call?: string;
  readonly errno?: number;
  readonly detail?: string;
  readonly hint?: string;
  /** The image file that is damaged. */
  readonly file?: string;
}

/** The single door through which failures of the native part become typed errors. Anything else passes as `internal`. */
export function fromNative(thrown: unknown): StasisError {
  if (thrown instanceof StasisError) return thrown;
  const failure = parse(thrown);
  return failure ? typed(failure, thrown) : unforeseen(thrown);
}

/** An error that was not made by Stasis, as one that was. */
function unforeseen(thrown: unknown): StasisError {
  if (thrown instanceof Error && 'errno' in thrown && 'syscall' in thrown) return ofSystem(thrown as NodeJS.ErrnoException);
  const cause = thrown instanceof Error ? thrown.message : String(thrown);
  return new StasisError({
    kind: 'internal',
    operation: 'go on',
    object: '',
    cause: cause || 'unknown error',
    hint: 'this is a defect of stasis, please report it with the stack that STASIS_DEBUG=1 prints',
    source: thrown,
  });
}

/** A system call that Node made for us. */
function ofSystem(thrown: NodeJS.ErrnoException): StasisError {
  const { errno = 0, syscall = 'go on', path = '' } = thrown;
  const { name, text } = describeErrno(-errno);
  return new StasisError({
    kind: kindOf(name),
    operation: syscall,
    object: path,
    cause: text,
    details: { call: syscall, errno: -errno, errnoName: name },
    source: thrown,
  });
}

function typed(failure: NativeFailure, source: unknown): StasisError {
  const { stage, operation, object, kind, pid, tid, call, errno, detail, hint, file } = failure;
  const code = errno === undefined || errno === 0 ? undefined : describeErrno(errno);
  return new StasisError({
    kind: kind ?? kindOf(code?.name),
    operation: operation ?? verb(stage, object === undefined && pid !== undefined),
    object: object ?? subject(pid, tid),
    cause: causeOf(detail, code?.text),
    hint,
    details: {
      stage,
      ...(kind === 'internal' ? { defect: true } : {}),
      ...(pid === undefined ? {} : { pid }),
      ...(tid === undefined ? {} : { tid }),
      ...(call === undefined ? {} : { call }),
      ...(file === undefined ? {} : { file }),
      ...(code === undefined ? {} : { errno: errno as number, errnoName: code.name }),
    },
    source,
  });
}

/** What the detail says already is not said twice. */
function causeOf(detail: string | undefined, text: string | undefined): string {
  const parts = detail && text && detail.toLowerCase().includes(text) ? [detail] : [detail, text];
  return parts.filter((part) => part).join(': ') || 'unknown error';
}

/** `read the state` → `read the state of`, where a task follows that is not itself what the verb is about: `seize`, `kill the task`. */
function verb(stage: string, taskFollows: boolean): string {
  const words = stage.replaceAll('-', ' ');
  return taskFollows && / (?!task$)\S+$/.test(words) ? `${words} of` : words;
}

function subject(pid: number | undefined, tid: number | undefined): string {
  if (pid === undefined) return tid === undefined ? '' : `thread ${tid}`;
  return tid === undefined || tid === pid ? `pid ${pid}` : `thread ${tid} of pid ${pid}`;
}

function kindOf(errnoName: string | undefined): ErrorKind {
  switch (errnoName) {
    case 'EPERM':
    case 'EACCES':
      return 'permission';
    case 'ESRCH':
      return 'gone';
    case 'ENOSYS':
      return 'kernel';
    default:
      return 'internal';
  }
}

function parse(thrown: unknown): NativeFailure | undefined {
  if (!(thrown instanceof Error) || !thrown.message.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(thrown.message);
    return isFailure(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFailure(value: unknown): value is NativeFailure {
  return typeof value === 'object' && value !== null && 'stage' in value && typeof value.stage === 'string';
}
