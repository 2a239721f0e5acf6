// SPDX-License-Identifier: LGPL-2.1-only
import { ImageDirectory } from './directory.js';
import { type Disk, NODE_DISK } from './disk.js';
import { ImageError } from './error.js';
import { kindOfName } from './kinds.js';
import { loadFiles } from './load.js';
import { decodeManifest, MANIFEST } from './manifest.js';
import { PAGE_SIZE } from './pagemap.js';

/** One file, or all files of a kind. */
export interface ShownFile {
  readonly name: string;
  /** `PAGES` for raw pages. */
  readonly kind: string;
  readonly files: number;
  /** Messages; of raw pages the number of pages. undefined: it cannot be read. */
  readonly entries: number | undefined;
  readonly bytes: number;
}

export interface ShowReport {
  readonly path: string;
  readonly sealed: boolean;
  readonly tool: string | undefined;
  readonly kernel: string | undefined;
  readonly tasks: number;
  readonly threads: number;
  readonly files: readonly ShownFile[];
}

/** What a directory holds, file by file. Nothing is verified. @throws ImageError where it cannot be read at all */
export async function showImages(path: string, disk: Disk = NODE_DISK): Promise<ShowReport> {
  const { images, raw } = await loadFiles(path, disk, false);
  if (images.size === 0 && raw.size === 0) {
    const [cause, hint] = ['it holds no image', 'name the directory that a dump has written'];
    throw new ImageError({ operation: 'show', object: path, cause, hint, file: path });
  }
  const directory = new ImageDirectory(path, images, raw, undefined);
  const bytes = images.get(MANIFEST);
  const manifest = bytes && attempt(() => decodeManifest(bytes));
  const tree = attempt(() => directory.all('PSTREE')) ?? [];
  return {
    path,
    sealed: bytes !== undefined,
    tool: manifest?.tool,
    kernel: manifest?.kernel_release,
    tasks: tree.length,
    threads: tree.reduce((sum, { threads }) => sum + threads.length, 0),
    files: directory.names().map((name) => shown(directory, name)),
  };
}

function shown(directory: ImageDirectory, name: string): ShownFile {
  const bytes = directory.size(name) ?? 0;
  const kind = kindOfName(name);
  if (kind === 'raw') return { name, kind: 'PAGES', files: 1, entries: Math.ceil(bytes / PAGE_SIZE), bytes };
  const image = attempt(() => directory.records(name));
  return { name, kind: kind?.name ?? 'unknown', files: 1, entries: image?.records.length, bytes };
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ImageError) return undefined;
    throw error;
  }
}

/** The files of each kind as one row, the largest kind first. */
export function byKind(files: readonly ShownFile[]): ShownFile[] {
  const kinds = new Map<string, ShownFile>();
  for (const file of files) {
    const known = kinds.get(file.kind);
    kinds.set(file.kind, known === undefined ? file : joined(known, file));
  }
  return [...kinds.values()].sort((a, b) => b.bytes - a.bytes);
}

function joined(a: ShownFile, b: ShownFile): ShownFile {
  const entries = a.entries === undefined || b.entries === undefined ? undefined : a.entries + b.entries;
  return { name: pattern(a.name), kind: a.kind, files: a.files + b.files, entries, bytes: a.bytes + b.bytes };
}

function pattern(name: string): string {
  return name.replace(/-[0-9a-f]+(?=\.img$)/, '-*');
}

/** The report as a table for people; `each`: a row for every file instead of every kind. */
export function renderImages(report: ShowReport, each = false): string {
  const rows = (each ? report.files : byKind(report.files)).map(({ name, kind, files, entries, bytes }) => [
    name,
    kind,
    String(files),
    entries === undefined ? 'unreadable' : String(entries),
    String(bytes),
  ]);
  const table = [['FILE', 'KIND', 'FILES', 'ENTRIES', 'BYTES'], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '),
  );
  const total = report.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const origin = report.sealed
    ? [report.tool, report.kernel && `on Linux ${report.kernel}`].filter(Boolean).join(' ')
    : 'without stasis.img';
  return `${report.path}: ${count(report.tasks, 'task')}, ${count(report.threads, 'thread')}, ${total} bytes, ${origin}\n${lines.join('\n')}\n`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
