// SPDX-License-Identifier: GPL-2.0-only
import { string } from '@oclif/core/args';
import { besideFlag, outputFlag, within } from '../../cli/arguments.js';
import { BaseCommand } from '../../cli/base-command.js';

export default class ImageEncode extends BaseCommand {
  static override summary = 'Make an image of JSON';
  static override description =
    'Takes what `image decode` or `crit decode` printed. --json changes nothing but the form of errors.';
  static override examples = ['<%= config.bin %> <%= command.id %> core.json --output core-412.img'];

  static override args = { file: string({ description: 'JSON to read; - is standard input', required: true }) };
  static override flags = {
    'images-dir': besideFlag({ summary: 'directory of the image to write' }),
    output: outputFlag({ required: true }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ImageEncode);
    const { basename, encodeText, readInput, writeOutput } = await import('../../cli/run-image.js');
    const text = (await readInput(args.file)).toString();
    await writeOutput(within(flags['images-dir'], flags.output), encodeText(basename(args.file), text));
  }
}
