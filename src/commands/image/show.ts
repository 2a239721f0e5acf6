// SPDX-License-Identifier: GPL-2.0-only
import { BaseCommand } from '../../cli/base-command.js';

export default class ImageShow extends BaseCommand {
  static override summary = 'Show images';

  async run(): Promise<void> {
    await this.parse(ImageShow);
  }
}
