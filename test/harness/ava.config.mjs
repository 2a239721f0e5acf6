// SPDX-License-Identifier: GPL-2.0-only
// AVA sees the compiled tests only; scripts/test/main.ts compiles and calls.
export default {
  files: ['build/tests/test/**/*.test.js'],
  // Processes, so that a test that crashes takes no other file with it.
  workerThreads: false,
  nodeArguments: ['--enable-source-maps'],
  timeout: '5m',
};
