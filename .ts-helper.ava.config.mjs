export default { files: ['test/unit/**/*.test.ts'], extensions: {ts:'module'}, workerThreads: false, nodeArguments: ['--import=tsx'], concurrency: 1 };
