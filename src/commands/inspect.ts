// SPDX-License-Identifier: GPL-2.0-only
import { onePid, pidArg, treeFlag } from '../cli/arguments.js';
import { BaseCommand } from '../cli/base-command.js';
import { EXIT_CODES } from '../cli/exit-codes.js';
import type { InspectReport } from '../inspect/types.js';

export default class Inspect extends BaseCommand {
  static override summary = 'Show a process tree, its memory and descriptors, and what a dump would refuse';
  static override description = 'The tree runs on undisturbed. Ends with an error code when a dump would be refused.';
  static override examples = ['<%= config.bin %> <%= command.id %> 412'];

  static override args = { pid: pidArg() };
  static override flags = { tree: treeFlag() };

  async run(): Promise<InspectReport> {
    const { args, flags } = await this.parse(Inspect);
    const pid = onePid(args.pid, flags.tree, 'inspect');
    const [{ inspect }, { renderInspect }] = await Promise.all([
      import('../inspect/index.js'),
      import('../cli/render/inspect.js'),
    ]);
    const report = await inspect(pid);
    if (report.refusals.length > 0) process.exitCode = EXIT_CODES.unsupported;
    this.log(renderInspect(report));
    return report;
  }
}
