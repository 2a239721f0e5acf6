// SPDX-License-Identifier: GPL-2.0-only
import type { CheckReport } from '../check/types.js';
import { BaseCommand } from '../cli/base-command.js';
import { EXIT_CODES } from '../errors/exit-codes.js';

export default class Check extends BaseCommand {
  static override summary = 'Say what this kernel offers and what each lack costs';
  static override description =
    'Each feature is tried, on this command itself or a child of it. Ends with an error code when one is missing that ' +
    'nothing works without.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<CheckReport> {
    await this.parse(Check);
    const { check, renderCheck, standardView } = await import('../cli/run-check.js');
    const report = await check();
    if (!report.ok) process.exitCode = EXIT_CODES.kernel;
    if (!this.jsonEnabled()) this.log(renderCheck(report, standardView()));
    return report;
  }
}
