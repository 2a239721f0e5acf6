// SPDX-License-Identifier: GPL-2.0-only
import { string } from '@oclif/core/args';
import { besideFlag, oneDirectory } from '../../cli/arguments.js';
import { BaseCommand } from '../../cli/base-command.js';
import { EXIT_CODES } from '../../errors/exit-codes.js';
import type { VerifyReport } from '../../images/verify.js';

export default class ImageVerify extends BaseCommand {
  static override summary = 'Check every file of a directory of images, and whether they agree with each other';
  static override description =
    'Says all that is wrong, not only the first thing. Directories that CRIU wrote have no checksums.';
  static override examples = ['<%= config.bin %> <%= command.id %> /var/tmp/redis'];

  static override args = { directory: string({ description: 'directory of images' }) };
  static override flags = { 'images-dir': besideFlag() };

  async run(): Promise<VerifyReport> {
    const { args, flags } = await this.parse(ImageVerify);
    const directory = oneDirectory(args.directory, flags['images-dir'], 'image:verify');
    const { renderVerify, verifyImages } = await import('../../cli/run-image.js');
    const report = await verifyImages(directory);
    if (report.problems.length > 0) process.exitCode = EXIT_CODES.image;
    this.log(renderVerify(report));
    return report;
  }
}
