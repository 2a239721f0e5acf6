// SPDX-License-Identifier: LGPL-2.1-only
import type { ImageDirectory } from '../directory.js';
import { FdTypes, RemapType } from '../generated/enums.js';
import { imageName } from '../kinds.js';
import { expectFile, type FileTable } from './file-table.js';
import type { Findings } from './findings.js';
import type { Member } from './tree.js';

/** Descriptor tables, directories, and what files need beside themselves. */
export function checkDescriptors(images: ImageDirectory, tree: readonly Member[], files: FileTable, findings: Findings): void {
  const tables = new Set<number>();
  for (const { pid, dead } of tree) {
    if (dead) continue;
    const fs = findings.attempt(() => images.one('FS', pid));
    if (fs) {
      expectFile(files, fs.cwd_id, FdTypes.REG, `fs-${pid}.img`, 'the working directory', findings);
      expectFile(files, fs.root_id, FdTypes.REG, `fs-${pid}.img`, 'the root directory', findings);
    }
    const ids = findings.attempt(() => images.one('IDS', pid));
    if (ids) tables.add(ids.files_id);
  }
  for (const table of tables) checkTable(images, table, files, findings);
  checkParts(images, files, findings);
  checkRemaps(images, files, findings);
}

function checkTable(images: ImageDirectory, table: number, files: FileTable, findings: Findings): void {
  const name = imageName('FDINFO', table);
  const numbers = new Set<number>();
  for (const { fd, id, type } of findings.attempt(() => images.all('FDINFO', table)) ?? []) {
    findings.expect(!numbers.has(fd), name, `descriptor ${fd} is there twice`);
    numbers.add(fd);
    expectFile(files, id, type, name, `descriptor ${fd}`, findings);
  }
}

function checkParts(images: ImageDirectory, files: FileTable, findings: Findings): void {
  const terminals = new Set((findings.attempt(() => images.all('TTY_INFO')) ?? []).map((entry) => entry.id));
  const inodes = new Set((findings.attempt(() => images.all('MEMFD_INODE')) ?? []).map((entry) => Number(entry.inode_id)));
  for (const { id, fifo, tty, memfd } of files.values()) {
    if (fifo?.regf_id !== undefined)
      expectFile(files, fifo.regf_id, FdTypes.REG, 'files.img', `the path of fifo ${id}`, findings);
    if (tty?.regf_id !== undefined)
      expectFile(files, tty.regf_id, FdTypes.REG, 'files.img', `the path of terminal ${id}`, findings);
    if (tty)
      findings.expect(terminals.has(tty.tty_info_id), 'tty-info.img', `terminal ${tty.tty_info_id} of file ${id} is missing`);
    if (memfd) findings.expect(inodes.has(memfd.inode_id), 'memfd.img', `memory ${memfd.inode_id} of file ${id} is missing`);
  }
  for (const { tty_id } of findings.attempt(() => images.all('TTY_DATA')) ?? []) {
    findings.expect(terminals.has(tty_id), 'tty-data.img', `its terminal ${tty_id} is not in tty-info.img`);
  }
}

function checkRemaps(images: ImageDirectory, files: FileTable, findings: Findings): void {
  const name = 'remap-fpath.img';
  for (const { orig_id, remap_id, remap_type } of findings.attempt(() => images.all('REMAP_FPATH')) ?? []) {
    expectFile(files, orig_id, FdTypes.REG, name, 'a file without a name', findings);
    if (remap_type === RemapType.LINKED) expectFile(files, remap_id, FdTypes.REG, name, `the name of file ${orig_id}`, findings);
    if (remap_type === RemapType.GHOST) findings.attempt(() => images.records(imageName('GHOST_FILE', remap_id)));
  }
}
