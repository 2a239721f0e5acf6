// SPDX-License-Identifier: GPL-2.0-only
import { Command } from '@oclif/core/command';
import { asStasisError, type StasisError } from '../errors/index.js';
import { leanConfig } from './lean-config.js';
import { complain, say, sayJson } from './output.js';
import { reportError } from './report-error.js';

/** What every command shares: `--json`, errors, exit codes. */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;

  /** Runs the command without oclif's own start: see lean-config.ts. */
  static async start(this: new (...args: ConstructorParameters<typeof Command>) => BaseCommand, argv: string[]): Promise<void> {
    await new this(argv, leanConfig())._run();
  }

  // oclif looks for deprecated commands and flags here, which loads its help.
  override async init(): Promise<void> {}

  override async catch(thrown: Error): Promise<void> {
    process.exitCode = reportError(thrown, this.jsonEnabled(), this.id);
  }

  override log(message = ''): void {
    if (!this.jsonEnabled()) say(message);
  }

  override logToStderr(message = ''): void {
    if (!this.jsonEnabled()) complain(message);
  }

  override logJson(value: unknown): void {
    sayJson(value);
  }

  override toErrorJson(thrown: unknown): { error: StasisError } {
    return { error: asStasisError(thrown) };
  }
}
