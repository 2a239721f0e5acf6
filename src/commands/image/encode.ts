// SPDX-License-Identifier: GPL-2.0-only
import { BaseCommand } from '../../cli/base-command.js';

export default class ImageEncode extends BaseCommand {
  static override summary = 'Encode images';

  async run(): Promise<void> {
    await this.parse(ImageEncode);
  }
}
