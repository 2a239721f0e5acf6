// SPDX-License-Identifier: GPL-2.0-only
import { resolve } from 'node:path';
import { custom as customArg } from '@oclif/core/args';
import { custom as customFlag } from '@oclif/core/flags';
import { usageError } from './usage-error.js';

/** The pid of the tree's root, as the argument of a command. */
export const pidArg = customArg<number>({
  parse: async (input, { id }) => wholeNumber(input, 'a pid', id),
  description: 'pid of the root of the process tree',
});

/** CRIU's way to name the tree. */
export const treeFlag = customFlag<number>({
  char: 't',
  parse: async (input, { id }) => wholeNumber(input, 'a pid', id),
  summary: 'pid of the root of the tree, as CRIU takes it',
  helpValue: 'PID',
});

export const imagesDirFlag = customFlag<string>({
  parse: async (input, { id }) => {
    if (input === '') throw usageError('the directory of the images has no name', id);
    return input;
  },
  char: 'D',
  summary: 'directory of the images',
  helpValue: 'DIR',
  required: true,
});

/** The same of commands that take an argument as well. */
export const besideFlag = customFlag<string>({ char: 'D', summary: 'directory of the images', helpValue: 'DIR' });

/** A file of a directory, if that is named. */
export function within(directory: string | undefined, file: string): string {
  return directory === undefined || file === '-' ? file : resolve(directory, file);
}

/** The directory from either the argument or `--images-dir`; exactly one of them must be given. */
export function oneDirectory(argument: string | undefined, flag: string | undefined, commandId: string): string {
  if (argument !== undefined && flag !== undefined) throw usageError('the directory is given twice', commandId);
  const directory = argument ?? flag;
  if (directory === undefined) throw usageError('the directory of the images is missing', commandId);
  return directory;
}

export const concurrencyFlag = customFlag<number>({
  parse: async (input, { id }) => wholeNumber(input, 'a number of page pipes', id),
  summary: 'page pipes that run at once (default: the CPU count)',
  helpValue: 'N',
});

export const outputFlag = customFlag<string>({
  char: 'o',
  summary: 'file to write, which must not exist',
  helpValue: 'FILE',
});

export const SHELL_JOB = {
  char: 'j',
  summary: 'accept a tree whose session leader or terminal lies outside of it',
} as const;

/** The pid from either the argument or `--tree`; exactly one of them must be given. */
export function onePid(argument: number | undefined, flag: number | undefined, commandId: string): number {
  if (argument !== undefined && flag !== undefined) throw usageError('the pid is given twice', commandId);
  const pid = argument ?? flag;
  if (pid === undefined) throw usageError('the pid is missing', commandId);
  return pid;
}

function wholeNumber(input: string, what: string, commandId: string | undefined): number {
  const number = /^[1-9]\d{0,9}$/.test(input) ? Number(input) : Number.NaN;
  if (!(number <= 0x7fff_ffff)) throw usageError(`${input} is not ${what}`, commandId);
  return number;
}
