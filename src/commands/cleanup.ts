// SPDX-License-Identifier: GPL-2.0-only
import { boolean } from '@oclif/core/flags';
import { BaseCommand } from '../cli/base-command.js';
import { EXIT_CODES } from '../errors/exit-codes.js';
import type { CleanupReport } from '../undo/types.js';

export default class Cleanup extends BaseCommand {
  static override summary = 'Take back what a dump or restore that was killed has left on this host';
  static override description =
    'Images that were not finished are removed, files that were moved aside come back. Every dump and restore does this first. ' +
    'Ends with an error code when something had to be left.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --dry-run --json'];

  static override flags = { 'dry-run': boolean({ char: 'n', summary: 'say what would be done, and do nothing' }) };

  async run(): Promise<CleanupReport> {
    const { flags } = await this.parse(Cleanup);
    const { cleanup, isClean, renderCleanup } = await import('../cli/run-cleanup.js');
    const report = await cleanup({ dryRun: flags['dry-run'] });
    if (!isClean(report)) process.exitCode = EXIT_CODES.host;
    this.log(renderCleanup(report));
    return report;
  }
}
