// SPDX-License-Identifier: GPL-2.0-only
import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { besideFlag, oneDirectory, within } from '../../cli/arguments.js';
import { BaseCommand } from '../../cli/base-command.js';

export default class ImageShow extends BaseCommand {
  static override summary = 'Show what a directory of images, or one image, holds';
  static override description = 'Nothing is verified: see `image verify`.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> /var/tmp/redis',
    '<%= config.bin %> <%= command.id %> /var/tmp/redis/core-412.img',
  ];

  static override args = {
    path: string({ description: 'directory of images, or one image; with --images-dir an image of that' }),
  };
  static override flags = {
    'images-dir': besideFlag(),
    files: boolean({ summary: 'a row for each file of a directory instead of each kind' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(ImageShow);
    const directory = flags['images-dir'];
    const path = args.path === undefined ? oneDirectory(undefined, directory, 'image:show') : within(directory, args.path);
    const { basename, imageToJson, isDirectory, printJson, readInput, renderImages, showImages } = await import(
      '../../cli/run-image.js'
    );
    if (await isDirectory(path)) {
      const report = await showImages(path);
      this.log(renderImages(report, flags.files).trimEnd());
      return report;
    }
    const image = imageToJson(basename(path), await readInput(path), true);
    this.log(printJson(image, 4));
    return image;
  }
}
