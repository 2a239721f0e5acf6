// SPDX-License-Identifier: GPL-2.0-only
import { boolean, string } from '@oclif/core/flags';
import { concurrencyFlag, imagesDirFlag, SHELL_JOB } from '../cli/arguments.js';
import { BaseCommand } from '../cli/base-command.js';
import { NO_TREE } from '../errors/exit-codes.js';
import type { StasisError } from '../errors/index.js';
import type { RehearsalReport } from '../restore/rehearsal.js';
import type { PlanOptions, RestorePlan, RestoreReport } from '../restore/types.js';

export default class Restore extends BaseCommand {
  static override summary = 'Bring a process tree back from a directory of images';
  static override description =
    'The tree comes back with its pids and tids, wholly or not at all. Without --detach it is a child of this command, ' +
    'which forwards signals to it and exits as it does; where there is no tree to exit like, because the restore failed, ' +
    'with 125, or 128 and the number of the signal that interrupted it.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --images-dir /var/tmp/redis --detach --pidfile /run/redis.pid',
    '<%= config.bin %> <%= command.id %> -D /var/tmp/redis --plan',
  ];

  static override flags = {
    'images-dir': imagesDirFlag(),
    detach: boolean({ char: 'd', summary: 'leave once the tree runs', exclusive: ['plan'] }),
    pidfile: string({ summary: "write the pid of the tree's root to this file", helpValue: 'FILE', exclusive: ['plan'] }),
    plan: boolean({
      summary: 'print the programs that would run, each operation with its why; touch nothing',
      exclusive: ['detach', 'pidfile'],
    }),
    'shell-job': boolean(SHELL_JOB),
    'accept-unsealed': boolean({
      summary: 'accept images without stasis.img, such as CRIU writes: nothing tells whether they are whole',
    }),
    'trust-images': boolean({
      summary: 'accept images that others could have made or changed: they are code that runs with your rights',
    }),
    concurrency: concurrencyFlag(),
    // Of `dump --rehearse`, which calls it in namespaces of its own.
    rehearsal: string({ hidden: true, helpValue: 'FOLDER' }),
  };

  async run(): Promise<RestorePlan | RehearsalReport | Omit<RestoreReport, 'tree'>> {
    const { flags } = await this.parse(Restore);
    const options = {
      imagesDir: flags['images-dir'],
      shellJob: flags['shell-job'],
      acceptUnsealed: flags['accept-unsealed'],
      trustImages: flags['trust-images'],
    };
    if (flags.plan) return this.#plan(options);
    if (flags.rehearsal !== undefined) {
      // By itself: it loads Node's child processes, which no restore needs.
      const { rehearse } = await import('../restore/rehearsal.js');
      return rehearse({ ...options, scene: flags.rehearsal });
    }

    if (flags.detach && process.pid === 1) throw await this.#init();

    const { followTree, interruptible, keepSignals, progressView, restore, restoreFigures, signalsOf } = await import(
      '../cli/run-restore.js'
    );
    const kept = flags.detach ? (): [] => [] : keepSignals();
    const progress = progressView(this.jsonEnabled());
    const { report, ended } = await interruptible('restore', options.imagesDir, async (signal) => {
      const { tree, ...report } = await restore({
        ...options,
        detach: flags.detach,
        signal,
        onNote: this.note,
        ...(flags.pidfile === undefined ? {} : { pidfile: flags.pidfile }),
        ...(flags.concurrency === undefined ? {} : { concurrency: flags.concurrency }),
        ...(progress.listener === undefined ? {} : { onProgress: progress.listener }),
      });
      // At once: a signal that comes now is for the tree.
      const missed = (): NodeJS.Signals[] => [...kept(), ...signalsOf(signal)];
      return { report, ended: tree === null ? undefined : followTree(report.pid, tree, missed) };
    }).finally(progress.close);
    for (const warning of report.warnings) this.warn(warning);
    this.log(restoreFigures(report));
    if (ended === undefined) return report;
    // The figures must not wait for the end of the tree, which may be days away.
    if (this.jsonEnabled()) this.logJson(report);
    return await ended;
  }

  /** The command line may be what is wrong, so it is looked at by itself. */
  protected override exitCodeOf(error: StasisError): number {
    const attached = !this.argv.some((word) => /^(--(detach|plan)$|-[a-z]*d)/.test(word));
    return attached && error.kind !== 'interrupted' ? NO_TREE : super.exitCodeOf(error);
  }

  /** The kernel kills whatever is in a PID namespace when its init ends, so a tree that is left by it would not run on. */
  async #init(): Promise<StasisError> {
    const { usageError } = await import('../cli/usage-error.js');
    return usageError(
      '--detach would end the tree: this command is the init of its PID namespace, which ends with it',
      this.id,
      undefined,
      'leave --detach out, or run it below an init',
    );
  }

  async #plan(options: PlanOptions): Promise<RestorePlan> {
    const { plan, renderPlan } = await import('../cli/run-restore.js');
    const result = await plan(options);
    for (const warning of result.warnings) this.warn(warning);
    this.log(renderPlan(result));
    return result;
  }
}
