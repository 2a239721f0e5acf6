// SPDX-License-Identifier: GPL-2.0-only
import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { besideFlag, outputFlag, within } from '../../cli/arguments.js';
import { BaseCommand } from '../../cli/base-command.js';

export default class ImageDecode extends BaseCommand {
  static override summary = 'Print an image as JSON';
  static override description =
    'The form is that of `crit decode`, and `image encode` makes the image of it again. --json changes nothing but the form of errors.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> /var/tmp/redis/core-412.img --pretty',
    '<%= config.bin %> <%= command.id %> /var/tmp/redis/core-412.img -o core.json',
  ];

  static override args = { file: string({ description: 'image to read', required: true }) };
  static override flags = {
    'images-dir': besideFlag(),
    output: outputFlag({ summary: 'file to write, which must not exist (default: standard output)' }),
    pretty: boolean({ summary: 'names, flags and hexadecimal addresses in place of bare numbers' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ImageDecode);
    const { basename, decodeText, readInput, writeOutput } = await import('../../cli/run-image.js');
    const file = within(flags['images-dir'], args.file);
    const text = decodeText(basename(file), await readInput(file), { pretty: flags.pretty });
    await writeOutput(flags.output, `${text}\n`);
  }
}
