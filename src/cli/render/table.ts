// SPDX-License-Identifier: GPL-2.0-only
export interface Column {
  readonly title: string;
  readonly align?: 'right';
}

/** Columns two blanks apart, no wider than their widest cell; nothing padded at line ends. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, at) => rows.reduce((width, row) => Math.max(width, row[at]?.length ?? 0), title.length));
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, at) => {
        const cell = cells[at] ?? '';
        return align === 'right' ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0);
      })
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)].join('\n');
}
