// SPDX-License-Identifier: GPL-2.0-only
import { BaseCommand } from '../../cli/base-command.js';

export default class ImageVerify extends BaseCommand {
  static override summary = 'Verify images';

  async run(): Promise<void> {
    await this.parse(ImageVerify);
  }
}
