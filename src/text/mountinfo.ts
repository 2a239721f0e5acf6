// SPDX-License-Identifier: GPL-2.0-only

export interface Mount {
  /** Where it is mounted: a character for each byte (latin1). */
  readonly place: string;
  /** Of the mount, not of the file system. */
  readonly options: readonly string[];
}

/** Lines of proc_pid_mountinfo(5), read as latin1; at one place the last mount covers those before. */
export function parseMounts(text: string): Mount[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, , , , escaped = '', options = ''] = line.split(' ');
      const place = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
      return { place, options: options.split(',') };
    });
}
