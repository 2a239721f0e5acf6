// SPDX-License-Identifier: GPL-2.0-only
import { BaseCommand } from '../../cli/base-command.js';

export default class ImageDecode extends BaseCommand {
  static override summary = 'Decode images';

  async run(): Promise<void> {
    await this.parse(ImageDecode);
  }
}
