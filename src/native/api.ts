// SPDX-License-Identifier: GPL-2.0-only
import { idle } from '../stages/idle.js';
import type { NativeApi } from './contract.js';
import { native } from './index.js';
import { imageFiles } from './read-images.js';

/** The addon as dump and restore see it; loaded at first use. */
export function nativeApi(): NativeApi {
  const addon = native();
  return {
    freeze: (pid, messages) => addon.DumpSession.freeze(pid, messages),
    startRestore: (arena, candidates, options) => addon.RestoreSession.start(arena, [...candidates], options),
    writeImages: (dir, names, buffers) => addon.writeImages(dir, [...names], [...buffers]),
    async readImages(dir) {
      const raw = addon.readImages(dir);
      idle();
      return imageFiles(dir, await raw);
    },
    checksumFile: addon.checksumFile,
    commitDirectory: (from, to, files) =>
      addon.commitDirectory(
        from,
        to,
        files.map(({ name }) => name),
        files.map(({ size }) => size),
      ),
    syncDirectory: addon.syncDirectory,
    removeTree: addon.removeTree,
    hostFacts: addon.hostFacts,
    socketInUse: addon.socketInUse,
    lockFile: addon.lockFile,
    processGroups: addon.processGroups,
    descriptorHolders: (wanted, except) =>
      addon.descriptorHolders(
        wanted.map(({ link }) => link),
        wanted.map(({ pid = 0 }) => pid),
        wanted.map(({ fd = -1 }) => fd),
        [...except],
      ),
  };
}
