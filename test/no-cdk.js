throw new Error(
  'a unit test does not synthesize: name it *.template.test.ts (docs/decisions/0019-test-tiers.md)',
);
