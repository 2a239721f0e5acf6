// SPDX-License-Identifier: GPL-2.0-only
import type { PJSON } from '@oclif/core/interfaces';

/** What oclif is told about this program; `commands` says where the classes are, which only the build needs. */
export function oclifPackage(version: string, commands?: PJSON['oclif']['commands']): PJSON {
  return {
    name: '@stasis-cr/stasis',
    version,
    description: 'Freezes running process trees to disk and brings them back',
    files: [],
    dependencies: {},
    oclif: {
      bin: 'stasis',
      dirname: 'stasis',
      topicSeparator: ' ',
      topics: { image: { description: 'Show, convert and verify directories of images' } },
      ...(commands === undefined ? {} : { commands }),
    },
  };
}
