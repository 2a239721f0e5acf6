// SPDX-License-Identifier: GPL-2.0-only
import { boolean, string } from '@oclif/core/flags';
import type { ArgInput, FlagInput, Input, ParserOutput } from '@oclif/core/interfaces';
import { parse } from '@oclif/core/parser';
import type { StasisError } from '../errors/index.js';
import type { NoteListener } from '../stages/progress.js';
import { logTo } from './log.js';
import { complain, say, sayJson } from './output.js';
import { reportError } from './report-error.js';

const GLOBAL = { helpGroup: 'GLOBAL' } as const;

/** Taken by every command. */
const BASE_FLAGS = {
  json: boolean({ ...GLOBAL, summary: 'print the result, or the error, as JSON' }),
  verbose: boolean({ ...GLOBAL, char: 'v', summary: 'tell what is done and why, with times, on standard error' }),
  'log-file': string({ ...GLOBAL, summary: 'the same as -v, added to the end of this file', helpValue: 'FILE' }),
};

// biome-ignore lint/suspicious/noExplicitAny: as oclif has it
type Values = Record<string, any>;
type Shape<F extends Values, A extends Values> = Pick<Input<F, F, A>, 'args' | 'flags' | 'strict'>;
type BaseFlags = { json: boolean; verbose: boolean; 'log-file': string | undefined };

/**
 * What every command shares: `--json`, `-v`, errors, exit codes. Its static members are those of oclif's commands, so that
 * oclif's help shows them and its parser reads the command line; but oclif's own class, which listens on standard output,
 * looks for plugins and runs hooks, takes longer to start than the dump of a small process.
 */
export abstract class BaseCommand {
  /** oclif's: `image:show`. */
  static id = '';
  static summary = '';
  static description = '';
  static examples: string[] = [];
  static args: ArgInput = {};
  static flags: FlagInput = {};
  static baseFlags = BASE_FLAGS;
  static strict = true;

  /** Says what is done, if anybody wants to know. */
  protected note: NoteListener | undefined;

  constructor(protected readonly argv: readonly string[]) {}

  abstract run(): Promise<unknown>;

  static async run(this: (new (argv: string[]) => BaseCommand) & Pick<typeof BaseCommand, 'id'>, argv: string[]): Promise<void> {
    await new this(argv).execute();
  }

  /** Reads the command line. @throws StasisError, or an error of oclif's parser */
  protected async parse<F extends Values, A extends Values>(command: Shape<F, A>): Promise<ParserOutput<F, BaseFlags, A>> {
    const { args = {}, flags = {}, strict = true } = command;
    // What flags of ours ask their command for is its id.
    const context = { id: this.id };
    const input = { args, flags: { ...BASE_FLAGS, ...flags }, strict, context } as unknown as Input<F, BaseFlags, A>;
    const parsed = await parse<F, BaseFlags, A>([...this.argv], input);
    const { verbose, 'log-file': file } = parsed.flags;
    this.note = logTo({ verbose, file }, this.id.replaceAll(':', ' '));
    this.note?.(`begins: ${this.argv.join(' ')}`);
    return parsed;
  }

  protected jsonEnabled(): boolean {
    const end = this.argv.indexOf('--');
    return (end === -1 ? this.argv : this.argv.slice(0, end)).includes('--json');
  }

  /** A line on standard output, but for `--json`. */
  protected log(message: string): void {
    this.note?.(message);
    if (!this.jsonEnabled()) say(message);
  }

  /** Something to be told beside the result: in JSON it is a part of that. */
  protected warn(message: string): void {
    this.note?.(`warning: ${message}`);
    if (!this.jsonEnabled()) complain(`warning: ${message}`);
  }

  protected logJson(value: unknown): void {
    sayJson(value);
  }

  /** How the process ends that failed so. */
  protected exitCodeOf(error: StasisError): number {
    return error.exitCode;
  }

  protected get id(): string {
    return (this.constructor as typeof BaseCommand).id;
  }

  private async execute(): Promise<void> {
    try {
      const result = await this.run();
      if (result !== undefined && this.jsonEnabled()) this.logJson(result);
    } catch (thrown) {
      const { id, note } = this;
      const exitCodeOf = (error: StasisError): number => this.exitCodeOf(error);
      process.exitCode = await reportError(thrown, { json: this.jsonEnabled(), commandId: id, note, exitCodeOf });
    }
    this.note?.(`ends with exit code ${process.exitCode ?? 0}`);
  }
}
