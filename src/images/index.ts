// SPDX-License-Identifier: LGPL-2.1-only
// Reading and writing image directories in CRIU's format. What only people need, such as JSON and tables, is in tools.ts.
export { decodeMessage, encodeMessage, type Input } from './codec.js';
export { decodeCore, encodeCore, type SealedCore } from './core.js';
export { crc32 } from './crc32.js';
export { ImageDirectory, type OpenOptions, openImages } from './directory.js';
export { type Disk, type ImageFiles, NODE_DISK } from './disk.js';
export { ImageError, type ImageErrorParts } from './error.js';
export { decodeImage, decodeOne, decodeRecords, encodeImage, encodeRecords, type Image, type ImageRecord } from './file.js';
export * from './generated/enums.js';
export type * from './generated/messages.js';
export { imageName, KINDS, type Kind, type KindName, kindOfMagic, kindOfName, type MessageOf } from './kinds.js';
export { checkFiles, decodeManifest, encodeManifest, type FileSum, MANIFEST } from './manifest.js';
export {
  decodePagemap,
  encodePagemap,
  PAGE_SIZE,
  type Pagemap,
  type PageRun,
  PE_LAZY,
  PE_PARENT,
  PE_PRESENT,
} from './pagemap.js';
export { assertSound, findProblems, type Problem } from './verify/index.js';
export * from './vma.js';
export { big, fromBig, num, type U64 } from './wire/u64.js';
