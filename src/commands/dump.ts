// SPDX-License-Identifier: GPL-2.0-only
import { boolean } from '@oclif/core/flags';
import { concurrencyFlag, imagesDirFlag, onePid, pidArg, SHELL_JOB, treeFlag } from '../cli/arguments.js';
import { BaseCommand } from '../cli/base-command.js';
import type { AfterDump, DumpReport } from '../dump/types.js';

export default class Dump extends BaseCommand {
  static override summary = 'Checkpoint a running process tree into a directory of images';
  static override description =
    'The tree is killed once its state is on disk and was seen to be restorable here, unless it is asked to be left running ' +
    'or stopped. ' +
    'The directory appears only when it is whole. An interrupted dump gives the tree back as it was.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 412 --images-dir /var/tmp/redis',
    '<%= config.bin %> <%= command.id %> 412 -D /var/tmp/redis --leave-running --json',
  ];

  static override args = { pid: pidArg() };
  static override flags = {
    tree: treeFlag(),
    'images-dir': imagesDirFlag(),
    'leave-running': boolean({
      char: 'R',
      summary: 'let the tree run on after the dump',
      exclusive: ['leave-stopped', 'rehearse'],
    }),
    'leave-stopped': boolean({
      char: 's',
      summary: 'leave the tree stopped after the dump',
      exclusive: ['leave-running', 'rehearse'],
    }),
    'shell-job': boolean(SHELL_JOB),
    rehearse: boolean({
      summary: 'restore the images beside the frozen tree, and kill it only if that succeeds',
      exclusive: ['leave-running', 'leave-stopped', 'no-look'],
    }),
    'no-look': boolean({
      summary: 'kill the tree without having seen whether its images could be restored here',
      exclusive: ['rehearse'],
    }),
    concurrency: concurrencyFlag(),
  };

  async run(): Promise<DumpReport> {
    const { args, flags } = await this.parse(Dump);
    const pid = onePid(args.pid, flags.tree, 'dump');
    const after: AfterDump = flags['leave-running'] ? 'run' : flags['leave-stopped'] ? 'stop' : 'kill';
    const { dump, dumpFigures, interruptible, progressView } = await import('../cli/run-dump.js');
    const progress = progressView(this.jsonEnabled());
    try {
      const report = await interruptible('dump', `pid ${pid}`, (signal) =>
        dump({
          pid,
          imagesDir: flags['images-dir'],
          after,
          shellJob: flags['shell-job'],
          signal,
          rehearse: flags.rehearse,
          ...(flags['no-look'] ? { lookFirst: false } : {}),
          onNote: this.note,
          ...(flags.concurrency === undefined ? {} : { concurrency: flags.concurrency }),
          ...(progress.listener === undefined ? {} : { onProgress: progress.listener }),
        }),
      );
      progress.close();
      for (const warning of report.warnings) this.warn(warning);
      for (const what of report.notRehearsed ?? []) this.warn(`not rehearsed: ${what}`);
      this.log(dumpFigures(report));
      return report;
    } finally {
      progress.close();
    }
  }
}
