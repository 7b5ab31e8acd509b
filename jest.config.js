const { TIERS } = require('./test/tiers');

const transform = { '^.+\\.tsx?$': ['ts-jest', { diagnostics: false }] };
/** A unit test that synthesizes, or starts another program than Node, is in the wrong tier, and fails. */
const onlyNode = {
  setupFiles: ['<rootDir>/test/only-node.js'],
  moduleNameMapper: { '^aws-cdk-lib(/.*)?$': '<rootDir>/test/no-cdk.js' },
};

module.exports = {
  // A busy machine is slow, not wrong.
  testTimeout: 60_000,
  projects: Object.entries(TIERS).map(([displayName, { match, ignore = [] }]) => ({
    displayName,
    testMatch: match,
    testPathIgnorePatterns: ['/node_modules/', ...ignore],
    transform,
    testEnvironment: 'node',
    rootDir: __dirname,
    ...(displayName === 'unit' && onlyNode),
  })),
};
