const transform = { '^.+\\.tsx?$': ['ts-jest', { diagnostics: false }] };
const project = (displayName, testMatch, more = {}) => ({
  displayName,
  testMatch,
  transform,
  testEnvironment: 'node',
  rootDir: __dirname,
  ...more,
});

const tests = (suffix) => ['test', 'packages/*/test'].map((room) => `<rootDir>/${room}/**/*${suffix}`);

/** `unit` needs Node and python3; `host` needs root, loop devices and linters; `vm` boots virtual machines. */
module.exports = {
  // A busy machine is slow, not wrong.
  testTimeout: 60_000,
  projects: [
    project('unit', tests('.test.ts'), {
      testPathIgnorePatterns: ['/node_modules/', '\\.host\\.test\\.ts$', '\\.vm\\.test\\.ts$'],
    }),
    project('host', tests('.host.test.ts')),
    project('vm', tests('.vm.test.ts')),
  ],
};
