// SPDX-License-Identifier: GPL-2.0-only
import { boolean } from '@oclif/core/flags';
import { onePid, pidArg, SHELL_JOB, treeFlag } from '../cli/arguments.js';
import { BaseCommand } from '../cli/base-command.js';
import { EXIT_CODES } from '../errors/exit-codes.js';
import type { InspectReport } from '../inspect/types.js';

export default class Inspect extends BaseCommand {
  static override summary = 'Show a process tree, its memory and descriptors, and what a dump would refuse';
  static override description =
    'The tree is stopped for some milliseconds, as at the beginning of a dump, and runs on unchanged. Ends with an error ' +
    'code when a dump would be refused.';
  static override examples = ['<%= config.bin %> <%= command.id %> 412', '<%= config.bin %> <%= command.id %> 412 --json'];

  static override args = { pid: pidArg() };
  static override flags = { tree: treeFlag(), 'shell-job': boolean(SHELL_JOB) };

  async run(): Promise<InspectReport> {
    const { args, flags } = await this.parse(Inspect);
    const pid = onePid(args.pid, flags.tree, 'inspect');
    const { inspect, renderInspect, standardView } = await import('../cli/run-inspect.js');
    const report = await inspect(pid, { shellJob: flags['shell-job'] });
    if (report.refusals.length > 0) process.exitCode = EXIT_CODES.unsupported;
    if (!this.jsonEnabled()) this.log(renderInspect(report, standardView()));
    return report;
  }
}
